/** `GET /api/statistics`: clicks by medium, by campaign and by link. */
import { app } from '@azure/functions'
import { readTotals } from '../links-table.js'

app.get('statistics', {
  route: 'api/statistics',
  authLevel: 'anonymous',
  handler: async () => {
    const links = await readTotals()
    return {
      jsonBody: {
        clicks: links.reduce((sum, link) => sum + link.clicks, 0),
        media: sumBy(links, 'medium'),
        campaigns: sumBy(links, 'campaign'),
        links,
      },
    }
  },
})

/** Clicks for each value of a field, the most first. */
function sumBy(links, field) {
  const sums = new Map()
  for (const link of links) sums.set(link[field], (sums.get(link[field]) ?? 0) + link.clicks)
  return [...sums].map(([name, clicks]) => ({ name, clicks })).sort((one, other) => other.clicks - one.clicks)
}
