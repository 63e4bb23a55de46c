// The form that extends a sweep: its cost follows what is typed. The server works it out, as it does on sending.

import { apply } from "./patch.js";

const PAUSE = 250;

export function wireExtend() {
  const form = document.getElementById("extend-form");
  if (!form) return;
  let timer = 0;
  let turn = 0;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++turn;
      const typed = new FormData(form);
      typed.set("do", "preview");
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(typed) }).catch(() => null);
      if (answer?.ok && mine === turn) apply(await answer.text());
    }, PAUSE);
  };
  form.addEventListener("input", look);
}
