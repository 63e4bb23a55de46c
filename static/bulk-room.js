// What deleting the ticked runs frees on the disk, told before it is done.

export async function tellRoom(form) {
  const place = document.getElementById("bulk-room");
  place.textContent = "";
  const body = new URLSearchParams([...new FormData(form)].filter(([name]) => name === "runs" || name === "sweeps"));
  const answer = await fetch(`${form.getAttribute("action")}/room`, { method: "POST", body }).catch(() => null);
  if (answer?.ok) place.textContent = `, which frees ${(await answer.json()).freed} of the disk`;
}
