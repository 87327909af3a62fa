import { render } from "preact";
import { App } from "./app.tsx";
import { start } from "./state.ts";
import "./style.css";
import "./charts.css";

const root = document.getElementById("app");
if (root) {
  render(<App />, root);
  start();
}
