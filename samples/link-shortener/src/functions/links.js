/** `POST /api/links` makes one short link for every medium, so that clicks show where they came from. */
import { app } from '@azure/functions'
import { addLink } from '../links-table.js'

const maxUrlLength = 2000
const maxMedia = 10
const word = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u

app.post('createLinks', {
  route: 'api/links',
  authLevel: 'anonymous',
  handler: async (request) => {
    const order = await request.json().catch(() => undefined)
    const problems = check(order)
    if (problems) return { status: 400, jsonBody: { problems } }
    const url = new URL(order.url).href
    const links = await Promise.all(
      [...new Set(order.media)].map(async (medium) => {
        const code = await addLink({ url, medium, campaign: order.campaign })
        return {
          code,
          medium,
          campaign: order.campaign,
          url,
          shortUrl: new URL(`/s/${code}`, request.url).href,
        }
      }),
    )
    return { status: 201, jsonBody: { links } }
  },
})

/** What is wrong with an order, by field; undefined when nothing is. */
function check(order) {
  if (typeof order !== 'object' || order === null) return { body: 'must be a JSON object' }
  const problems = {}
  if (!isWebAddress(order.url)) problems.url = 'must be an http or https address'
  if (!word.test(order.campaign))
    problems.campaign = 'must be 1 to 40 letters, digits, blanks, dots or dashes'
  const { media } = order
  if (!Array.isArray(media) || media.length === 0) problems.media = 'must name at least one medium'
  else if (media.length > maxMedia) problems.media = `must name at most ${maxMedia} media`
  else if (!media.every((medium) => word.test(medium)))
    problems.media = 'must be words of at most 40 characters'
  return Object.keys(problems).length > 0 ? problems : undefined
}

function isWebAddress(text) {
  return (
    typeof text === 'string' &&
    text.length <= maxUrlLength &&
    URL.canParse(text) &&
    ['http:', 'https:'].includes(new URL(text).protocol)
  )
}
