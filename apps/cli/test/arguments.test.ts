import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@aloft/kernel'
import fc from 'fast-check'
import { parseArguments } from '../src/arguments.ts'

const specs = {
  port: { kind: 'integer', short: 'p', summary: '' },
  useHttps: { kind: 'flag', summary: '' },
  verbose: { kind: 'flag', summary: '' },
  functions: { kind: 'list', summary: '' },
  address: { kind: 'text', aliases: ['host'], summary: '' },
  inspect: { kind: 'attached', summary: '' },
  model: { kind: 'text', choices: ['v3', 'v4'], summary: '' },
  'language-worker': { kind: 'text', takesDashes: true, summary: '' },
  'dotnet-isolated-debug': { kind: 'flag', summary: '', isIgnored: true },
} as const

const parse = (...input: string[]) => {
  const { options, operands } = parseArguments(specs, input)
  return { options, operands }
}

test('long and short options, attached and separate values mean the same', () => {
  for (const input of [['--port', '7072'], ['--port=7072'], ['-p', '7072'], ['-p=7072'], ['--PORT', '7072']])
    assert.deepEqual(parse(...input).options, { port: 7072 })
})

test('long names are compared without case and dashes', () => {
  assert.deepEqual(parse('--use-https', '--VERBOSE').options, { useHttps: true, verbose: true })
})

test('an alias sets the option that it belongs to', () => {
  assert.deepEqual(parse('--host', '0.0.0.0').options, { address: '0.0.0.0' })
})

test('a flag takes true and false, as func does, and nothing else that follows', () => {
  assert.deepEqual(parse('--verbose', 'false').options, { verbose: false })
  assert.deepEqual(parse('--verbose=true').options, { verbose: true })
  assert.deepEqual(parse('--verbose', 'app'), { options: { verbose: true }, operands: ['app'] })
})

test('an attached value is optional and never a separate word', () => {
  assert.deepEqual(parse('--inspect=9300').options, { inspect: '9300' })
  assert.deepEqual(parse('--inspect', 'app'), { options: { inspect: '' }, operands: ['app'] })
})

test('a list takes words up to the next option, commas, and repetition', () => {
  const expected = { functions: ['a', 'b', 'c'] }
  assert.deepEqual(parse('--functions', 'a', 'b', 'c').options, expected)
  assert.deepEqual(parse('--functions', 'a,b', '--functions=c').options, expected)
  assert.deepEqual(parse('--functions', 'a', 'b', 'c', '--verbose').options, { ...expected, verbose: true })
})

test('after -- everything is an operand', () => {
  assert.deepEqual(parse('x', '--', '--verbose'), { options: {}, operands: ['x', '--verbose'] })
})

test('a value that begins with a dash is taken where one is expected, after -- as func has it, too', () => {
  const expected = { 'language-worker': '--inspect=9229', verbose: true }
  assert.deepEqual(parse('--language-worker', '--inspect=9229', '--verbose').options, expected)
  assert.deepEqual(parse('--language-worker', '--', '--inspect=9229', '--verbose').options, expected)
  assert.deepEqual(parse('--language-worker=--inspect=9229', '--verbose').options, expected)
})

test('choices are compared without case and come back as declared', () => {
  assert.deepEqual(parse('--model', 'V4').options, { model: 'v4' })
})

const mistakes: readonly (readonly [input: string[], message: RegExp, hint: RegExp])[] = [
  [['--prot', '1'], /Unknown option '--prot'/, /Did you mean '--port'/],
  [['--zzzzzzzz'], /Unknown option '--zzzzzzzz'/, /--help/],
  [['-x'], /Unknown option '-x'/, /--help/],
  [['--port'], /'--port' needs a value/, /Write --port/],
  [['--port', '--verbose'], /'--port' needs a value/, /./],
  [['--verbose=maybe'], /on or off, not 'maybe'/, /--verbose=false/],
  [['--functions'], /needs at least one value/, /./],
  [['--model', 'v5'], /must be one of v3, v4; not 'v5'/, /Did you mean 'v[34]'/],
]
for (const [input, message, hint] of mistakes) {
  test(`'${input.join(' ')}' is refused with what was expected`, () => {
    assert.throws(
      () => parse(...input),
      (error) => {
        assert.ok(error instanceof UserError)
        assert.match(error.message, message)
        assert.match(error.hint ?? '', hint)
        return true
      },
    )
  })
}

test('a number must be a whole one', () => {
  for (const text of ['7o71', '1.5', '-1', '', '99999999999'])
    assert.throws(() => parse('--port', text), /must be a whole number/)
})

test('whatever is typed either parses or is refused with a UserError', () => {
  const word = fc.oneof(
    fc.constantFrom('--port', '-p', '--functions', '--verbose', '--', '-', '--model=v3', '--=x', '-=', '5'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (input) => {
      try {
        parse(...input)
      } catch (error) {
        assert.ok(error instanceof UserError, String(error))
      }
    }),
  )
})

test('what func takes with every command is taken, and means something only where it is listed', () => {
  const specs = { name: { kind: 'text', summary: '' } } as const
  assert.deepEqual(parseArguments(specs, ['--verbose', '--name', 'x', '--offline']).options.name, 'x')
})
