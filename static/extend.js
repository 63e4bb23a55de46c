// The form that extends a sweep: its cost follows what is typed. The server works it out, as it does on sending.

import { apply } from "./patch.js";
import { follow } from "./typing.js";

const PAUSE = 250;

export function wireExtend() {
  const form = document.getElementById("extend-form");
  if (form) follow(form, PAUSE, apply);
}
