/** The page at `/` that tells a visitor that the app is there. */

/** @param appName shown as the title */
export function homepage(appName: string): string {
  const name = appName.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>
  body { font: 16px/1.6 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
    background: #f5f8fb; color: #16304a }
  main { padding: 2rem 3rem; max-width: 34rem }
  h1 { font-size: 1.6rem; margin: 0 0 .5rem }
  p { margin: .3rem 0 }
  code { background: #e3ebf3; padding: .1em .4em; border-radius: 4px }
  @media (prefers-color-scheme: dark) { body { background: #10202f; color: #d8e6f3 } code { background: #23394d } }
</style>
</head>
<body>
<main>
<h1>Your function app is up and running</h1>
<p><strong>${name}</strong> is served by Aloft.</p>
<p>Its functions are listed at <code>/admin/functions</code>.</p>
</main>
</body>
</html>
`
}
