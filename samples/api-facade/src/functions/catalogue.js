/** The catalogue itself: a function like any other, which knows nothing of the addresses in proxies.json. */
import { app } from '@azure/functions'

const books = [
  { isbn: '9780261103344', title: 'The Hobbit', author: 'J. R. R. Tolkien' },
  { isbn: '9780141439600', title: 'A Tale of Two Cities', author: 'Charles Dickens' },
  { isbn: '9782070408504', title: 'Le Petit Prince', author: 'Antoine de Saint-Exupéry' },
]

app.get('catalogue', {
  route: 'catalogue/{isbn?}',
  handler: async (request) => {
    const { isbn } = request.params
    if (!isbn) {
      const author = request.query.get('author')?.toLowerCase() ?? ''
      return { jsonBody: books.filter((book) => book.author.toLowerCase().includes(author)) }
    }
    const book = books.find((each) => each.isbn === isbn)
    return book ? { jsonBody: book } : { status: 404, jsonBody: { error: `There is no book ${isbn}.` } }
  },
})
