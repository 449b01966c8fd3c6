// Starts the page. Trunk's own start script is inline, which the Content-Security-Policy forbids.
const boot = document.getElementById("boot");

const theme = (() => { try { return localStorage.getItem("lexicell-theme"); } catch { return null; } })();
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

function fail(message, error) {
  console.error(error);
  boot.setAttribute("role", "alert");
  boot.replaceChildren(...[message, error ? String(error) : ""].filter(Boolean).map((text) => {
    const line = document.createElement("p");
    line.textContent = text;
    return line;
  }));
}

async function start() {
  if (typeof WebAssembly !== "object") {
    fail("This browser has no WebAssembly, or a policy turns it off. Lexicell runs in Chrome, Edge, Firefox and Safari of the last three years.");
    return;
  }
  const script = document.querySelector("script[data-app]");
  const at = (path) => new URL(path, document.baseURI).href;
  try {
    const app = await import(at(script.dataset.app));
    await app.default({ module_or_path: at(script.dataset.wasm) });
    boot.remove();
  } catch (error) {
    fail("The page could not start. Reload it; if that does not help, it was copied to its host incompletely.", error);
  }
}

start();
