/**
 * The table `links`. A short code is a partition: its row `link` holds the long URL, its row `total` the number of
 * clicks, and every click has a row of its own. Rows of one partition change together, or not at all.
 */
import { randomInt } from 'node:crypto'
import { odata, RestError, TableClient, TableTransaction } from '@azure/data-tables'

/** Letters and digits that nobody mistakes for one another. */
const alphabet = '23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
const codeLength = 5

const client = TableClient.fromConnectionString(process.env.AzureWebJobsStorage, 'links', {
  allowInsecureConnection: true,
})
let created

async function links() {
  created ??= client.createTable()
  await created
  return client
}

/** Stores a link under a new code, and answers with the code. */
export async function addLink({ url, medium, campaign }) {
  const table = await links()
  for (;;) {
    const code = Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join('')
    const changes = new TableTransaction()
    changes.createEntity({ partitionKey: code, rowKey: 'link', url, medium, campaign })
    changes.createEntity({ partitionKey: code, rowKey: 'total', url, medium, campaign, clicks: 0 })
    try {
      await table.submitTransaction(changes.actions)
      return code
    } catch (error) {
      if (!isRefusal(error, 'EntityAlreadyExists')) throw error
    }
  }
}

/**
 * Counts a click once, however often its message is delivered: the click's row and the total change in one
 * transaction, and a click that has a row already is not counted again.
 */
export async function countClick({ id, code, at, referrer }) {
  const table = await links()
  for (;;) {
    const total = await table.getEntity(code, 'total')
    const changes = new TableTransaction()
    changes.createEntity({ partitionKey: code, rowKey: `click-${id}`, at: new Date(at), referrer })
    changes.updateEntity(
      { partitionKey: code, rowKey: 'total', clicks: total.clicks + 1, lastClick: new Date(at) },
      'Merge',
      { etag: total.etag },
    )
    try {
      await table.submitTransaction(changes.actions)
      return
    } catch (error) {
      if (isRefusal(error, 'EntityAlreadyExists')) return
      // Somebody else counted a click of this link meanwhile.
      if (!isRefusal(error, 'UpdateConditionNotSatisfied')) throw error
    }
  }
}

/** All links with their clicks, the most clicked first. */
export async function readTotals() {
  const table = await links()
  const totals = []
  for await (const row of table.listEntities({ queryOptions: { filter: odata`RowKey eq 'total'` } }))
    totals.push({
      code: row.partitionKey,
      url: row.url,
      medium: row.medium,
      campaign: row.campaign,
      clicks: row.clicks,
      lastClick: row.lastClick?.toISOString(),
    })
  return totals.sort((one, other) => other.clicks - one.clicks || one.code.localeCompare(other.code))
}

function isRefusal(error, code) {
  return error instanceof RestError && error.code === code
}
