// Exchanges the token for a cookie that scripts cannot read (HttpOnly).
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  const answer = await fetch("/session", {
    method: "POST",
    headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
    body: "{}",
  });
  if (answer.ok) location.reload();
  else document.getElementById("say").textContent =
    "Wrong token: the server creates a new one at every start.";
}
