import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser, withoutBrowser as skip } from '../../browser.ts'
import type { RunningSample } from '../../run-sample.ts'
import { startBoard } from './start-board.ts'

let app: RunningSample
let browser: Browser
before(async () => {
  if (skip) return
  app = await startBoard()
  browser = await openBrowser()
})
after(async () => {
  if (skip) return
  await browser?.close()
  await app?.kill()
})

/** A loaded board, with everything that went wrong in it and everything that it asked for. */
async function openBoard(): Promise<{ page: Page; problems: string[]; requests: string[] }> {
  const page = await browser.newPage()
  const problems: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(`${app.url}/board`)
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor()
  await page.locator('#arrivals tr').first().waitFor()
  return { page, problems, requests }
}

test('the page shows the berths, the arrivals and the clock, all from its own address', {
  skip,
}, async () => {
  const { page, problems, requests } = await openBoard()
  assert.equal(await page.locator('#berths li').count(), 4)
  assert.match(await page.locator('#clock').innerText(), /^\d\d:\d\d$/)
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(`${app.url}/`)),
    [],
  )
  assert.deepEqual(problems, [])
  await page.close()
})

test('a ship that is announced appears by itself, as text, and goes when it is removed', {
  skip,
}, async () => {
  const { page, problems } = await openBoard()
  const name = '<b>Bold</b> Endeavour'
  await page.getByLabel('Ship', { exact: true }).fill(name)
  await page.getByLabel('From').fill('Whitby')
  await page.getByLabel('Cargo').fill('Charts')
  await page.getByRole('button', { name: 'Put it on the board' }).click()
  const row = page.getByRole('row').filter({ hasText: name })
  await row.waitFor()
  await row.getByRole('button', { name: 'Remove' }).click()
  await row.waitFor({ state: 'detached' })
  assert.deepEqual(problems, [])
  await page.close()
})

test('the form says what is missing, and puts the cursor there', { skip }, async () => {
  const { page } = await openBoard()
  await page.getByRole('button', { name: 'Put it on the board' }).click()
  await page.getByText("Please say the ship's name.").waitFor()
  await page.locator('input[name=name]:focus').waitFor()
  await page.close()
})

test('the tide redraws the board without a reload', { skip }, async () => {
  const { page } = await openBoard()
  const before = await page.locator('#clock').innerText()
  await fetch(`${app.url}/admin/functions/tide`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  await page.locator('#clock').filter({ hasNotText: before }).waitFor()
  await page.close()
})

test('the page says so when the app goes, and a second Ctrl+C does not wait for it', { skip }, async () => {
  const other = await startBoard()
  const page = await browser.newPage()
  await page.goto(`${other.url}/board`)
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor()
  void other.stop()
  await other.printed(/Ctrl\+C again ends it at once/)
  assert.equal(await other.stop(), 130)
  await page.getByRole('status').filter({ hasText: 'lost' }).waitFor()
  await page.close()
})
