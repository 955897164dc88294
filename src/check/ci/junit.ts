import {escapeText} from '../../base/printable.ts'

/** What became of one thing that was tested. */
export interface TestCase {
  readonly name: string
  /** What groups cases in a viewer: a method. */
  readonly group: string
  readonly seconds?: number
  readonly properties: Readonly<Record<string, string>>
  readonly outcome: 'passed' | 'failed' | 'error' | 'skipped'
  /** Why it failed or was skipped, in a line. */
  readonly message?: string
  readonly output?: string
}

export interface Suite {
  readonly name: string
  readonly cases: readonly TestCase[]
}

const LONGEST_OUTPUT = 8192
const LONGEST_MESSAGE = 1000

/** JUnit's XML, as CI systems read it. */
export function junit(name: string, suites: readonly Suite[]): string {
  const cases = suites.flatMap(suite => suite.cases)
  const body = suites.map(suiteText).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(name)}" ${counts(cases)}>\n${body}</testsuites>\n`
}

const suiteText = ({name, cases}: Suite) =>
  `  <testsuite name="${xml(name)}" ${counts(cases)}>\n${cases.map(caseText).join('')}  </testsuite>\n`

function counts(cases: readonly TestCase[]): string {
  const count = (wanted: TestCase['outcome']) => cases.filter(({outcome}) => outcome === wanted).length
  const seconds = cases.reduce((sum, {seconds = 0}) => sum + seconds, 0)
  return `tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}"`
}

const ELEMENTS = {failed: 'failure', error: 'error', skipped: 'skipped'}

function caseText({name, group, seconds = 0, properties, outcome, message = '', output}: TestCase): string {
  const head = `    <testcase classname="${xml(group)}" name="${xml(name)}" time="${seconds.toFixed(3)}">\n`
  const told = Object.entries(properties).map(
    ([key, value]) => `        <property name="${xml(key)}" value="${xml(value)}"/>\n`,
  )
  const why =
    outcome === 'passed' ? '' : `      <${ELEMENTS[outcome]} message="${xml(message.slice(0, LONGEST_MESSAGE))}"/>\n`
  return [
    head,
    told.length > 0 ? `      <properties>\n${told.join('')}      </properties>\n` : '',
    why,
    output === undefined ? '' : `      <system-out>${xml(cut(output))}</system-out>\n`,
    '    </testcase>\n',
  ].join('')
}

/** The first bytes, in UTF-8, without half a character at the end. */
function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= LONGEST_OUTPUT) return text
  const end = Buffer.from('\n(cut)')
  const kept = bytes
    .subarray(0, LONGEST_OUTPUT - end.length)
    .toString('utf8')
    .replace(/\ufffd$/, '')
  return `${kept}${end}`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Text that XML 1.0 allows: what it forbids, and what would change the order of letters, is written out. */
const xml = (text: string) => escapeText(text).replaceAll(/[&<>"\n\t]/g, character => ENTITIES[character])
