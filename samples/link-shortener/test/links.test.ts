import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, withoutBrowser } from '../../browser.ts'
import { type RunningSample, runSample } from '../../run-sample.ts'

let app: RunningSample
before(async () => {
  app = await runSample(fileURLToPath(new URL('..', import.meta.url)))
})
after(() => app?.stop())

interface Link {
  readonly code: string
  readonly medium: string
  readonly shortUrl: string
}

interface Statistics {
  readonly clicks: number
  readonly media: readonly { readonly name: string; readonly clicks: number }[]
  readonly campaigns: readonly { readonly name: string; readonly clicks: number }[]
  readonly links: readonly { readonly code: string; readonly clicks: number; readonly lastClick?: string }[]
}

async function shorten(order: object): Promise<readonly Link[]> {
  const response = await fetch(`${app.url}/api/links`, { method: 'POST', body: JSON.stringify(order) })
  assert.equal(response.status, 201)
  return ((await response.json()) as { links: readonly Link[] }).links
}

async function readStatistics(): Promise<Statistics> {
  const response = await fetch(`${app.url}/api/statistics`)
  assert.equal(response.status, 200)
  return (await response.json()) as Statistics
}

/** The statistics once they satisfy `isMet`: clicks are counted a moment after they happen. */
async function statisticsWhen(isMet: (statistics: Statistics) => boolean): Promise<Statistics> {
  for (;;) {
    const statistics = await readStatistics()
    if (isMet(statistics)) return statistics
  }
}

const clicksOf = (statistics: Statistics, code: string) =>
  statistics.links.find((link) => link.code === code)?.clicks

test('an address gets one short link for each medium, and each leads there', async () => {
  const url = 'https://example.org/autumn?leaf=red#top'
  const links = await shorten({ url, campaign: 'Autumn', media: ['Newsletter', 'Poster', 'Poster'] })
  assert.deepEqual(
    links.map(({ medium }) => medium),
    ['Newsletter', 'Poster'],
  )
  assert.notEqual(links[0]?.code, links[1]?.code)
  for (const { shortUrl } of links) {
    assert.ok(shortUrl.startsWith(`${app.url}/s/`), shortUrl)
    const visit = await fetch(shortUrl, { redirect: 'manual' })
    assert.equal(visit.status, 302)
    assert.equal(visit.headers.get('location'), url)
    assert.equal(visit.headers.get('cache-control'), 'no-store')
  }
})

test('clicks are counted by link, medium and campaign, each once', async () => {
  const [mail, poster] = await shorten({
    url: 'https://example.org/winter',
    campaign: 'Winter',
    media: ['Mail', 'Billboard'],
  })
  const visits = [mail, mail, mail, poster].map((link) => fetch(link!.shortUrl, { redirect: 'manual' }))
  for (const visit of await Promise.all(visits)) assert.equal(visit.status, 302)
  const statistics = await statisticsWhen(
    ({ campaigns }) => campaigns.find(({ name }) => name === 'Winter')?.clicks === 4,
  )
  assert.equal(clicksOf(statistics, mail!.code), 3)
  assert.equal(clicksOf(statistics, poster!.code), 1)
  assert.deepEqual(
    statistics.media.find(({ name }) => name === 'Mail'),
    { name: 'Mail', clicks: 3 },
  )
  assert.equal(
    statistics.clicks,
    statistics.links.reduce((sum, { clicks }) => sum + clicks, 0),
  )
})

test('a click that is delivered twice is counted once', async () => {
  const [link] = await shorten({ url: 'https://example.org/spring', campaign: 'Spring', media: ['Mail'] })
  const click = { id: 'same', code: link!.code, at: new Date(0).toISOString(), referrer: '' }
  for (const delivery of [click, click, { ...click, id: 'other' }]) {
    const started = await fetch(`${app.url}/admin/functions/countClick`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: JSON.stringify(delivery) }),
    })
    assert.equal(started.status, 202)
  }
  const counted = await statisticsWhen((statistics) => (clicksOf(statistics, link!.code) ?? 0) >= 2)
  assert.equal(clicksOf(counted, link!.code), 2)
})

test('a code that nobody gave out is not found', async () => {
  const visit = await fetch(`${app.url}/s/nobody`, { redirect: 'manual' })
  assert.equal(visit.status, 404)
})

test('what is wrong with an order is said field by field', async () => {
  const order = { url: 'javascript:alert(1)', campaign: ' ', media: [] }
  const refused = await fetch(`${app.url}/api/links`, { method: 'POST', body: JSON.stringify(order) })
  assert.equal(refused.status, 400)
  const { problems } = (await refused.json()) as { problems: object }
  assert.deepEqual(Object.keys(problems), ['url', 'campaign', 'media'])
})

test('in a browser: paste an address, follow the short link, see the click arrive', {
  skip: withoutBrowser,
}, async () => {
  const browser: Browser = await openBrowser()
  try {
    const page: Page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${app.url}/links`)
    // The app's own page stands for the long address: the test needs no network.
    await page.getByLabel('Long address').fill(`${app.url}/links/icon.svg`)
    await page.getByLabel('Campaign').fill('Browser')
    await page.getByLabel('Mastodon').uncheck()
    await page.getByLabel('Poster').check()
    await page.getByRole('button', { name: 'Shorten' }).click()
    const made = page.locator('#made li')
    await made.nth(1).waitFor()
    assert.deepEqual(await made.locator('span').allInnerTexts(), ['Newsletter', 'Poster'])
    const [visit] = await Promise.all([
      page.waitForEvent('popup'),
      made.filter({ hasText: 'Poster' }).getByRole('link').click(),
    ])
    await visit.waitForURL(`${app.url}/links/icon.svg`)
    await visit.close()
    const campaign = page.locator('#campaigns li').filter({ hasText: 'Browser' })
    await campaign.locator('b').filter({ hasText: /^1$/ }).waitFor()
    const row = page.getByRole('row').filter({ hasText: 'Browser' }).filter({ hasText: 'Poster' })
    assert.equal(await row.locator('td').last().innerText(), '1')
    await page.getByLabel('Long address').fill('nonsense')
    await page.getByRole('button', { name: 'Shorten' }).click()
    await page.getByText('This must be an http or https address.').waitFor()
    assert.deepEqual(problems, [])
  } finally {
    await browser.close()
  }
})
