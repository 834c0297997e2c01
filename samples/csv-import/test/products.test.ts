import assert from 'node:assert/strict'
import { test } from 'node:test'

interface Rejected {
  readonly line: number
  readonly reason: string
}

interface Products {
  readProducts(text: string): { readonly products: readonly object[]; readonly rejected: readonly Rejected[] }
  renderRejected(rejected: readonly Rejected[]): string
}

// A module without types.
const file = '../src/products.js'
const { readProducts, renderRejected }: Products = await import(file)

const header = 'category,sku,name,price,stock'

test('lines become products, with their numbers as numbers', () => {
  const { products, rejected } = readProducts(`${header}\nfruit,fig,"Figs, fresh",3.5,12\n`)
  assert.deepEqual(products, [{ category: 'fruit', sku: 'fig', name: 'Figs, fresh', price: 3.5, stock: 12 }])
  assert.deepEqual(rejected, [])
})

test('the columns may come in any order, after a byte order mark', () => {
  const { products } = readProducts('\uFEFFstock,name,sku,price,category\n1,Fig,fig,2,fruit')
  assert.deepEqual(products, [{ category: 'fruit', sku: 'fig', name: 'Fig', price: 2, stock: 1 }])
})

test('a line that is wrong is set aside with its number and the reason', () => {
  const lines = [
    'fruit,fig,Figs,cheap,1',
    'fruit,date,Dates,1',
    'fruit,,Kiwis,1,1',
    'fruit,fig,,1,1',
    'a,b,c,1,-1',
  ]
  const { products, rejected } = readProducts([header, ...lines].join('\n'))
  assert.deepEqual(products, [])
  assert.deepEqual(
    rejected.map(({ line }) => line),
    [2, 3, 4, 5, 6],
  )
  assert.match(rejected[0]!.reason, /'cheap' is no amount/)
  assert.equal(
    renderRejected(rejected.slice(1, 2)),
    'line,reason,text\n3,"has 4 fields","fruit,date,Dates,1"\n',
  )
})

test('a file without the columns is refused as a whole', () => {
  assert.throws(() => readProducts('sku,name\nfig,Figs'), /category, price, stock/)
})
