import { render } from "preact";
import { App } from "./app.tsx";
import { keepOffline } from "./offline.ts";
import { startClock } from "./state/clock.ts";
import { startMeters } from "./state/meters.ts";
import "./state/theme.ts";

const root = document.getElementById("app");
if (root) {
  startClock();
  startMeters();
  render(<App />, root);
  keepOffline();
}
