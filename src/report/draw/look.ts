import {METHODS_BY_NAME} from '../../adapters/index.ts'
import type {MethodLook} from '../../adapters/method.ts'
import {mapValues} from '../../base/collections.ts'

/** The look of a figure: for a screen, a phone or a column of print, light or dark. */
export interface Look {
  readonly name: 'light' | 'dark' | 'print' | 'phone' | 'phone-dark'
  readonly width: number
  readonly height: number
  readonly fontSize: number
  /** Half the size of a mark, in pixels. */
  readonly radius: number
  readonly background: string
  readonly ink: string
  readonly faint: string
  readonly grid: string
  readonly colours: Readonly<Record<string, string>>
}

/** The look of methods without one of their own. */
const OTHERS: MethodLook = {light: '#595959', dark: '#bdbdbd', shape: 'circle'}

const METHOD_LOOKS: Readonly<Record<string, MethodLook>> = Object.fromEntries([
  ...Object.entries(METHODS_BY_NAME).flatMap(([name, {look}]) => (look ? [[name, look] as const] : [])),
  ['other', OTHERS],
])

const coloursOf = (background: 'light' | 'dark') => mapValues(METHOD_LOOKS, look => look[background])

const screen = {width: 720, height: 460, fontSize: 12, radius: 5}
/** The width that a phone of 360 pixels leaves. */
const phone = {width: 336, height: 400, fontSize: 11, radius: 4}
const light = {background: '#ffffff', ink: '#1f1f1f', faint: '#595959', grid: '#e6e6e6', colours: coloursOf('light')}
const dark = {background: '#16181d', ink: '#ececec', faint: '#a8a8a8', grid: '#33363d', colours: coloursOf('dark')}

export const LOOKS: Readonly<Record<Look['name'], Look>> = {
  light: {name: 'light', ...screen, ...light},
  dark: {name: 'dark', ...screen, ...dark},
  phone: {name: 'phone', ...phone, ...light},
  'phone-dark': {name: 'phone-dark', ...phone, ...dark},
  /** The look is for one column of a paper, 3.4 inches of 96 pixels; 8 pixels are 6 points. */
  print: {name: 'print', width: 326, height: 250, fontSize: 8, radius: 3, ...light},
}

/** Vega's names; each method has one shape everywhere, for shapes distinguish methods too. */
export const SHAPES: Readonly<Record<string, string>> = mapValues(METHOD_LOOKS, ({shape}) => shape)

/** The dashes of a method's lines, in turn: they share its colour. */
export const dashesOf = (kind: string): readonly (readonly number[])[] => [
  METHOD_LOOKS[kind].dash ?? [],
  [6, 2],
  [2, 2],
  [8, 2, 2, 2],
]

/** The key of a method's colour and shape in the tables above. */
export const kindOf = (method: string): string => (Object.hasOwn(METHOD_LOOKS, method) ? method : 'other')

/** The last ones are those of Linux and Android that are about as wide; DejaVu Sans, a common default, is too wide for the plots. */
export const FONT = 'Inter, Helvetica, Arial, Liberation Sans, Roboto, DejaVu Sans Condensed, sans-serif'
