// Shows the server the token once; from then on a cookie that no script can read carries it.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  const answer = await fetch("/session", {
    method: "POST",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: "{}",
  });
  if (answer.ok) location.reload();
  else document.getElementById("say").textContent =
    "This token is not the server's: it has a new one at every start.";
}
