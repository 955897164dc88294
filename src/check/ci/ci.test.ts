import {expect, test} from 'vitest'
import {type Annotation, annotationLines, maskLine, rawLines} from './github.ts'
import {formatSummary} from './job-summary.ts'
import {formatJunit, type TestCase} from './junit.ts'

const EVIL = 'a::error::b %0A,\r\n::add-mask::x <b>|`_*\u0000\u001b[2J\u202e\ud800 & "q" ]]>'

test('what stands in an annotation cannot begin a command or another property', () => {
  const [line, ...more] = annotationLines([
    {level: 'error', title: EVIL, message: EVIL, file: 'a,b:c.yaml', line: 2, column: 3},
  ])
  expect(more).toEqual([])
  expect(line).not.toMatch(/\p{Cc}/u)
  expect(line).toMatch(
    /^::error file=a%2Cb%3Ac\.yaml,line=2,col=3,title=a%3A%3Aerror%3A%3Ab %250A%2C\\r%0A[^:,]*::a::error::b %250A,\\r%0A::add-mask/,
  )
  expect(maskLine('hf_a\nb')).toBe('::add-mask::hf_a%0Ab')
})

test('ten annotations of a level are shown, the last of more gives their number', () => {
  const many = (level: Annotation['level'], count: number) =>
    Array.from({length: count}, (_, i): Annotation => ({level, title: `t${i}`, message: 'm'}))
  expect(annotationLines(many('error', 10))).toHaveLength(10)
  const lines = annotationLines([...many('warning', 2), ...many('error', 37)])
  expect(lines).toHaveLength(12)
  expect(lines[8]).toBe('::error title=t8::m')
  expect(lines[9]).toMatch(/^::error title=and 28 more::/)
  expect(lines[10]).toBe('::warning title=t0::m')
})

test('raw text stands between a stop and its token', () => {
  expect(rawLines(EVIL, 'secret')).toEqual(['::stop-commands::secret', EVIL, '::secret::'])
})

test('a summary holds text alone, and fits', () => {
  const table = {title: EVIL, head: ['cell'], rows: Array.from({length: 1000}, () => [EVIL])}
  const whole = formatSummary(table)
  expect(whole.split('\n').filter(line => line.startsWith('|'))).toHaveLength(1002)
  expect(whole).not.toMatch(/<b|(?<!\\)`|[\p{Cs}\u202e]|\n::|[^\P{Cc}\n]/u)
  const small = formatSummary(table, 5000)
  expect(Buffer.byteLength(small)).toBeLessThanOrEqual(5000)
  expect(small).toMatch(/\nand \d+ more\n$/)
  expect(formatSummary({...table, rows: Array.from({length: 20_000}, () => [EVIL])}).length).toBeLessThanOrEqual(
    2 ** 20,
  )
  expect(formatSummary(table, 20)).toBe('')
})

test('JUnit XML is well formed whatever stands in it, without control characters, its output cut', () => {
  const one: TestCase = {
    name: EVIL,
    group: EVIL,
    properties: {[EVIL]: EVIL},
    outcome: 'failed',
    message: EVIL,
    output: `${EVIL}${'ä'.repeat(10_000)}`,
  }
  const outcomes = ['failed', 'error', 'skipped', 'passed'] as const
  const text = formatJunit(EVIL, [{name: EVIL, cases: outcomes.map(outcome => ({...one, outcome}))}])
  expect(elements(text)).toEqual([
    'testsuites',
    'testsuite',
    ...outcomes.flatMap(outcome => ['testcase', 'properties', 'property', ...kind(outcome), 'system-out']),
  ])
  expect(text).toMatch(/<testsuites [^>]*tests="4" failures="1" errors="1" skipped="1"/)
  expect(text).not.toMatch(/[^\t\n\x20-\ud7ff\ue000-\ufffd]|\p{Bidi_Control}/u)
  const [, output] = /<system-out>([^<]*)</.exec(text)!
  expect(output).toMatch(/ä&#10;\(cut\)$/)
  expect(Buffer.byteLength(output)).toBeLessThan(8400)
})

const kind = (outcome: TestCase['outcome']) =>
  ({failed: ['failure'], error: ['error'], skipped: ['skipped'], passed: []})[outcome]

/** The names of elements in order; throws where tags do not nest, or text is not escaped. */
function elements(xml: string): string[] {
  const names: string[] = []
  const open: string[] = []
  const body = xml.replace(/^<\?xml [^>]*\?>/, '')
  for (const [tag] of body.matchAll(/<[^>]*>|[^<]+/g)) {
    const [, close, name, rest, empty] = /^<(\/?)([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>$/.exec(tag) ?? []
    if (name === undefined) {
      if (/[<>]|&(?!amp;|lt;|gt;|quot;|#\d+;)/.test(tag)) throw new Error(`not well formed: ${tag}`)
    } else if (close) {
      if (open.pop() !== name) throw new Error(`closes another element: ${tag}`)
    } else {
      if (/&(?!amp;|lt;|gt;|quot;|#\d+;)/.test(rest)) throw new Error(`not escaped: ${tag}`)
      names.push(name)
      if (!empty) open.push(name)
    }
  }
  if (open.length > 0) throw new Error(`never closed: ${open}`)
  return names
}
