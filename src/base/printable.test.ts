import {expect, test} from 'vitest'
import {escapeLine, escapeText} from './printable.ts'

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
