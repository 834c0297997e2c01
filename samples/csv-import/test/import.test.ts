import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ContainerClient } from '@azure/storage-blob'
import { type RunningSample, runSample } from '../../run-sample.ts'

let app: RunningSample
before(async () => {
  app = await runSample(fileURLToPath(new URL('..', import.meta.url)))
})
after(() => app?.stop())

interface Product {
  readonly sku: string
  readonly price: number
}

async function putFile(name: string, text: string): Promise<void> {
  const answer = await fetch(`${app.url}/api/imports/${name}`, { method: 'PUT', body: text })
  assert.equal(answer.status, 202)
}

async function productsOf(category: string): Promise<readonly Product[]> {
  const answer = await fetch(`${app.url}/api/products/${category}`)
  assert.equal(answer.status, 200)
  return (await answer.json()) as readonly Product[]
}

test('a file that arrives becomes rows; its bad lines are set aside', async () => {
  await putFile('harvest', await readFile(new URL('../data/harvest.csv', import.meta.url), 'utf8'))
  await app.printed(/harvest\.csv: 5 products stored, 3 lines set aside/)
  // What is set aside is written when the function has ended.
  await app.printed(/Executed 'Functions\.importProducts' \(Succeeded/)
  assert.deepEqual(
    (await productsOf('fruit')).map(({ sku, price }) => [sku, price]),
    [
      ['apple-elstar', 2.49],
      ['pear-conference', 2.99],
      ['plum-mirabelle', 4.5],
    ],
  )
  const poison = new ContainerClient(app.storageConnection, 'poison')
  const setAside = await (await poison.getBlobClient('harvest.csv').downloadToBuffer()).toString('utf8')
  assert.equal(setAside.split('\n').length, 5)
  assert.match(setAside, /^5,"the price 'three' is no amount","fruit,quince,Quinces,three,10"$/m)
})

test('a large file is stored whole, and again when it comes again', async () => {
  const lines = Array.from({ length: 1234 }, (_, n) => `bolt,m${n},Bolt M${n},0.${10 + (n % 80)},${n}`)
  const text = ['category,sku,name,price,stock', ...lines].join('\n')
  await putFile('bolts', text)
  await app.printed(/bolts\.csv: 1234 products stored, 0 lines set aside/)
  assert.equal((await productsOf('bolt')).length, 1234)
  await putFile('bolts-again', text)
  await app.printed(/bolts-again\.csv: 1234 products stored/)
  assert.equal((await productsOf('bolt')).length, 1234)
})

test('a file that is no product file ends in the poison queue, and its error in the log', async () => {
  await putFile('shopping-list', 'milk\nbread\n')
  await app.printed(/The first line must name the columns category, sku, name, price, stock, too\./)
  await app.printed(/webjobs-blobtrigger-poison/)
})
