/** What follows the account in the URL of a part. Its host may differ from ours, its form (path or host style) not. */
export function splitUrl(
  url: string,
  endpoint: string,
): { readonly path: string; readonly query: URLSearchParams } {
  const base = pathOf(endpoint)
  const whole = pathOf(url)
  const mark = whole.indexOf('?')
  const path = mark < 0 ? whole : whole.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : whole.slice(mark))
  return { path: path.startsWith(`${base}/`) ? path.slice(base.length) : path, query }
}

function pathOf(url: string): string {
  const scheme = url.indexOf('://')
  if (scheme < 0) return url
  const slash = url.indexOf('/', scheme + 3)
  return slash < 0 ? '' : url.slice(slash)
}
