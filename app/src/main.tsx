import { render } from "preact";
import { App } from "./app.tsx";
import { keepOffline } from "./offline.ts";
import { startClock } from "./state/clock.ts";
import { startMeters } from "./state/meters.ts";
import "./state/theme.ts";
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/cards.css";
import "./style/figures.css";
import "./style/segmented.css";
import "./style/sheet.css";
import "./style/code.css";
import "./style/forms.css";
import "./style/charts.css";

const root = document.getElementById("app");
if (root) {
  startClock();
  startMeters();
  render(<App />, root);
  keepOffline();
}
