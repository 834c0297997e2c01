/** What every request is answered while an app's files cannot be had. */
export function problemPage(problem: string): string {
  const text = problem.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
  return `<!DOCTYPE html><title>Service Unavailable</title><p>${text}</p>`
}
