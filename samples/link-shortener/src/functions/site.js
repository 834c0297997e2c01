/** The page and its files, from the folder `public`. */
import { readFile } from 'node:fs/promises'
import { app } from '@azure/functions'

const folder = new URL('../../public/', import.meta.url)
const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }

app.get('site', {
  route: 'links/{file?}',
  authLevel: 'anonymous',
  handler: async (request) => {
    const { file = 'index.html' } = request.params
    const type = types[file.split('.').at(-1)]
    // Only names of files right in the folder: no way out of it.
    if (!type || !/^[\w-]+\.\w+$/.test(file)) return { status: 404 }
    const body = await readFile(new URL(file, folder)).catch(() => undefined)
    return body ? { headers: { 'content-type': `${type}; charset=utf-8` }, body } : { status: 404 }
  },
})
