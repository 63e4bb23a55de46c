// A form whose outlook follows what is typed: asked for after a pause, and only the latest answer counts.

const AGAIN = 5000;

export function follow(form, pause, show, events = ["input"]) {
  let timer = 0;
  let turn = 0;
  const look = (after) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++turn;
      const text = await previewed(form).catch(() => undefined);
      if (mine !== turn) return;
      if (text) show(text);
      else if (text === undefined) look(AGAIN); // The server was away: what is typed is not previewed yet.
    }, after);
  };
  for (const event of events) form.addEventListener(event, () => look(pause));
  if ([...form.elements].some(isTyped)) look(pause); // before this script was there, or before the reader came back
}

function isTyped(field) {
  if (field.type === "submit") return false;
  if (field.options) return [...field.options].some((one) => one.defaultSelected && !one.selected);
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

// The page as it would be: the form as typed, sent for a preview; null where that is refused.
export async function previewed(form) {
  const typed = new FormData(form);
  typed.set("do", "preview");
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(typed) });
  return answer.ok ? answer.text() : null;
}
