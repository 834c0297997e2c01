/** The page: sends the form, shows the links that were made, and keeps the statistics fresh. */
const refreshMs = 1000

const form = document.querySelector('#order')
form.addEventListener('submit', (event) => {
  event.preventDefault()
  void shorten()
})
// Whoever clicks a link looks at the numbers next.
document.addEventListener('click', (event) => {
  if (event.target.closest('a')) setTimeout(refresh, 150)
})
void keepFresh()

async function shorten() {
  const fields = new FormData(form)
  const order = {
    url: fields.get('url').trim(),
    campaign: fields.get('campaign').trim(),
    media: fields.getAll('media'),
  }
  const button = form.querySelector('button')
  button.disabled = true
  const answer = await post('/api/links', order).finally(() => {
    button.disabled = false
  })
  for (const place of form.querySelectorAll('.problem')) {
    const problem = answer.problems?.[place.dataset.for]
    place.textContent = problem ? `This ${problem}.` : ''
  }
  if (!answer.links) return
  form.elements.namedItem('url').value = ''
  showMade(answer.links)
  await refresh()
}

async function post(path, body) {
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return await response.json()
  } catch {
    return { problems: { url: 'could not be shortened: the server did not answer' } }
  }
}

function showMade(links) {
  const section = document.querySelector('#made')
  section.hidden = false
  section.querySelector('ul').replaceChildren(
    ...links.map(({ medium, shortUrl }) => {
      const copy = make('button', { className: 'copy', type: 'button', textContent: 'Copy' })
      copy.addEventListener('click', async () => {
        await navigator.clipboard.writeText(shortUrl)
        copy.textContent = 'Copied'
      })
      return make('li', {}, [make('span', { textContent: medium }), linkTo(shortUrl, shortUrl), copy])
    }),
  )
}

async function keepFresh() {
  for (;;) {
    if (!document.hidden) await refresh()
    await new Promise((resolve) => setTimeout(resolve, refreshMs))
  }
}

async function refresh() {
  // A server that is being restarted is asked again a second later.
  const response = await fetch('/api/statistics').catch(() => undefined)
  if (response?.ok) show(await response.json())
}

function show({ clicks, media, campaigns, links }) {
  document.querySelector('#clicks').textContent = clicks.toLocaleString('en')
  document.querySelector('#clicks-word').textContent = clicks === 1 ? 'click' : 'clicks'
  showBars(document.querySelector('#media'), media)
  showBars(document.querySelector('#campaigns'), campaigns)
  document.querySelector('#empty').hidden = links.length > 0
  for (const part of document.querySelectorAll('.charts, #statistics table')) part.hidden = links.length === 0
  document
    .querySelector('#links')
    .replaceChildren(
      ...links.map((link) =>
        make('tr', {}, [
          make('td', {}, [linkTo(`/s/${link.code}`, link.code)]),
          make('td', { className: 'address', textContent: link.url, title: link.url }),
          make('td', { textContent: link.medium }),
          make('td', { textContent: link.campaign }),
          make('td', { className: 'number', textContent: link.clicks.toLocaleString('en') }),
        ]),
      ),
    )
}

/** Bars are kept from one time to the next, so that they grow instead of jumping. */
function showBars(list, sums) {
  const most = Math.max(1, ...sums.map(({ clicks }) => clicks))
  const old = new Map([...list.children].map((item) => [item.dataset.name, item]))
  list.replaceChildren(
    ...sums.map(({ name, clicks }) => {
      const item =
        old.get(name) ??
        make('li', {}, [make('span', { textContent: name, title: name }), make('i'), make('b')])
      item.dataset.name = name
      item.querySelector('i').style.width = `${(100 * clicks) / most}%`
      item.querySelector('b').textContent = clicks.toLocaleString('en')
      return item
    }),
  )
}

function linkTo(href, textContent) {
  return make('a', { href, textContent, target: '_blank', rel: 'noreferrer' })
}

function make(tag, properties = {}, children = []) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}
