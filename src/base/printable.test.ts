import {expect, test} from 'vitest'
import {escapeLine, escapeText, quote} from './printable.ts'

test('control characters, bidirectional controls and line separators are escaped', () => {
  expect(escapeText('a\u001b[31mb\u0000\u007f\u009b2J')).toBe('a\\u001b[31mb\\u0000\\u007f\\u009b2J')
  expect(escapeText('a\rb')).toBe('a\\rb')
  expect(escapeText('\u202eevil\u2066\u2069\u200f\u061c')).toBe('\\u202eevil\\u2066\\u2069\\u200f\\u061c')
  expect(escapeText('\u2028\u2029\ufeff\ud800')).toBe('\\u2028\\u2029\\ufeff\\ud800')
})

test('ordinary text of any language stays, newlines and tabs too', () => {
  const text = 'naïve\n\t日本語 👩‍🚀 שלום ∑'
  expect(escapeText(text)).toBe(text)
})

test('no control character of Unicode passes', () => {
  for (let code = 0; code < 0x3000; code++) {
    const character = String.fromCharCode(code)
    const passes = escapeLine(character) === character
    if (passes) expect(character).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
  }
})

test('JSON stays the same JSON', () => {
  const value = {a: '\u001b\u009b\u202e\u2028\n\t\\u0041"', b: ['\ud800']}
  expect(JSON.parse(escapeText(JSON.stringify(value, undefined, 2)))).toEqual(value)
})

test('a line is one line, and truncated if it is too long', () => {
  expect(escapeLine('a\nb\tc')).toBe('a\\nb\\tc')
  expect(escapeLine('abcdef', 3)).toBe('abc…')
  expect(escapeLine('abc', 3)).toBe('abc')
})

test('noncharacters, which XML forbids, are escaped, those beyond 16 bits as in JSON', () => {
  expect(escapeLine('\ufffe\uffff\ufdd0')).toBe('\\ufffe\\uffff\\ufdd0')
  expect(escapeLine('\u{1fffe}a\u{1f600}')).toBe('\\ud83f\\udffea\u{1f600}')
  expect(JSON.parse(escapeText(JSON.stringify('\u{10ffff}\ufffe')))).toBe('\u{10ffff}\ufffe')
})

test('a short value is its JSON', () => {
  for (const value of ['a "b"', 17, null, true, ['b', [1, {}]], {a: {b: 'c'}, d: []}]) {
    expect(quote(value)).toBe(JSON.stringify(value))
  }
  expect(quote(undefined)).toBe('undefined')
  expect(quote(3n)).toBe('3')
})

test('a value that JSON lacks is named', () => {
  expect([Number.NaN, Number.NEGATIVE_INFINITY].map(value => quote(value))).toEqual(['NaN', '-Infinity'])
  expect(quote({made: new Date('2020-01-31')})).toBe('{"made":date 2020-01-31T00:00:00.000Z}')
  expect(quote(new Date(Number.NaN))).toBe('date unknown')
  expect(quote([Uint8Array.of(0, 97, 255), new Uint8Array()])).toBe('[bytes 0x0061ff,no bytes]')
  expect(quote(new Uint8Array(1e6), 12)).toBe('bytes 0x0000…')
})

test('a long value is truncated to one line', () => {
  expect(quote('a'.repeat(1e6), 5)).toBe('"aaaa…')
  expect(quote(Array(1e6).fill('x'))).toMatch(/^\["x","x",.{60,80}…$/)
  expect(quote({['k'.repeat(1e6)]: 1})).toHaveLength(81)
  expect(quote({'a\nb\u001b': '\u202e'})).toBe('{"a\\nb\\u001b":"\\u202e"}')
})

test('a value that nests deeper than the stack allows is truncated too', () => {
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
  expect(quote(deep)).toBe('[[[[[[[[[…]]]]]]]]]')
  expect(quote({a: deep}, 5)).toBe('{"a":…')
})
