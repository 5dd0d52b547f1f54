// Exchanges the token, of the server or of a link, for a cookie that scripts cannot read (HttpOnly).
const parts = new URLSearchParams(location.hash.slice(1)), link = parts.get("share"), token = link ?? parts.get("token");
const say = text => document.getElementById("say").textContent = text;
// Another address of the same page does not load it again.
addEventListener("hashchange", () => location.reload());
if (token) {
  const answer = await fetch("/session", {
    method: "POST",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: "{}",
  });
  if (answer.ok) {
    if (link) {
      parts.delete("share");
      sessionStorage.setItem("token", link);
      history.replaceState(null, "", `/${parts.size ? `#${parts}` : ""}`);
    }
    location.reload();
  } else say(link ? (await answer.json()).description : "Wrong token: the server creates a new one at every start.");
} else {
  // The cookie may be that of a link that has ended.
  const answer = await fetch("/map/config"), { code, description } = await answer.json();
  if (code === "LinkRefused") say(description);
}
