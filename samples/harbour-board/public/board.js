/** Draws the board from the live feed. Names come from anybody, so they are set as text, never as HTML. */

const byId = (id) => document.getElementById(id)
const link = byId('link')
const form = byId('announce')

const feed = new EventSource('/api/arrivals/live')
let failures = 0
feed.addEventListener('open', () => {
  failures = 0
  showLink('live', 'Live')
})
feed.addEventListener('error', () => {
  // A feed that ends is opened again at once; only when that fails something is wrong.
  if (++failures > 1) showLink('lost', 'The connection is lost; trying again …')
})
feed.addEventListener('message', ({ data }) => draw(JSON.parse(data)))

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const fields = Object.fromEntries(new FormData(form))
  const response = await fetch('/api/arrivals', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fields, dueIn: Number(fields.dueIn) }),
  })
  const { problems = {} } = await response.json()
  showProblems(problems)
  if (response.ok) form.reset()
})

function draw({ time, arrivals, berths, news }) {
  byId('clock').textContent = time
  byId('berths').replaceChildren(...berths.map(berthCard))
  drawRows(byId('arrivals'), arrivals)
  byId('news').replaceChildren(
    ...news.map((item) => element('li', {}, element('time', {}, item.time), item.text)),
  )
}

/** Rows are kept from one drawing to the next, so that the keyboard does not lose its place. */
function drawRows(body, arrivals) {
  const rows = new Map([...body.rows].map((row) => [row.dataset.id, row]))
  const wanted = arrivals.map((ship) => updateRow(rows.get(String(ship.id)) ?? newRow(ship), ship))
  for (const row of rows.values()) if (!wanted.includes(row)) row.remove()
  for (const [index, row] of wanted.entries())
    if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null)
}

function newRow({ id, name, from, cargo }) {
  const remove = element('button', { type: 'button', 'aria-label': `Remove ${name}` }, 'Remove')
  remove.addEventListener('click', () => fetch(`/api/arrivals/${id}`, { method: 'DELETE' }))
  return element(
    'tr',
    { 'data-id': id },
    element('td', { class: 'number' }),
    element('td', { class: 'name' }, name),
    element('td', {}, from),
    element('td', {}, cargo),
    element('td', {}, element('span', { class: 'status' })),
    element('td', { class: 'action' }, remove),
  )
}

function updateRow(row, { dueIn, status, berth }) {
  row.cells[0].textContent = status === 'expected' ? `${dueIn} min` : '–'
  const mark = row.querySelector('.status')
  mark.dataset.status = status
  mark.textContent = status === 'berthed' ? `berth ${berth}` : status
  return row
}

function berthCard({ berth, ship, cargo, unloaded }) {
  const place = element('span', { class: 'place', 'aria-label': `Berth ${berth}` }, berth)
  if (!ship) return element('li', { class: 'free' }, place, element('span', { class: 'ship' }, 'free'))
  return element(
    'li',
    {},
    place,
    element('span', { class: 'ship' }, ship),
    element('span', { class: 'cargo' }, cargo),
    element('span', { class: 'cargo', title: 'unloaded' }, `${unloaded} %`),
    element('progress', { max: 100, value: unloaded, 'aria-hidden': 'true' }),
  )
}

function showProblems(problems) {
  for (const field of ['name', 'from', 'cargo', 'dueIn']) {
    byId(`problem-${field}`).textContent = problems[field] ?? ''
    form.elements[field].setAttribute('aria-invalid', String(field in problems))
  }
  const [first] = Object.keys(problems)
  if (first) form.elements[first].focus()
}

function showLink(state, text) {
  if (link.dataset.state === state) return
  link.dataset.state = state
  link.textContent = text
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}
