/** The rules of a clean customer list; knows nothing of functions or storage. */

/**
 * What to change in a list of customers: `update` are rows with better values, `remove` rows that are in it twice or
 * cannot be mended. A clean list needs no change.
 */
export function scrub(customers) {
  const update = []
  const remove = []
  const kept = new Map()
  // The oldest row of a customer is the one that other systems know.
  for (const customer of customers.toSorted((one, other) => one.since.localeCompare(other.since))) {
    const email = customer.email.trim().toLowerCase()
    const name = customer.name.trim().replaceAll(/\s+/g, ' ')
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
      remove.push({ id: customer.id, reason: 'no valid e-mail address' })
    else if (kept.has(email))
      remove.push({ id: customer.id, reason: `the same customer as ${kept.get(email)}` })
    else {
      kept.set(email, customer.id)
      if (email !== customer.email || name !== customer.name) update.push({ id: customer.id, email, name })
    }
  }
  return { update, remove }
}
