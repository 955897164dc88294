/** How a figure looks: for a screen, a phone or a column of print, light or dark. */
export interface Look {
  readonly name: 'light' | 'dark' | 'print' | 'phone' | 'phone-dark'
  readonly width: number
  readonly height: number
  readonly fontSize: number
  /** Half the size of a mark. */
  readonly radius: number
  readonly background: string
  readonly ink: string
  readonly faint: string
  readonly grid: string
  readonly colours: Readonly<Record<string, string>>
}

/** After Okabe and Ito 2008, as dark or as bright as 3 : 1 contrast to the background asks. Shapes tell methods apart too. */
const ON_LIGHT = {
  svft: '#c94f00',
  lora: '#0069a8',
  dora: '#3a8fc4',
  vera: '#007f5c',
  boft: '#b3558a',
  head: '#9a6b00',
  other: '#595959',
}

const ON_DARK = {
  svft: '#ff8a3c',
  lora: '#4aa8f0',
  dora: '#a9d9ff',
  vera: '#2fc497',
  boft: '#ee9fcd',
  head: '#f0c040',
  other: '#bdbdbd',
}

const screen = {width: 720, height: 460, fontSize: 12, radius: 5}
/** Of the width that a phone of 360 pixels leaves. */
const phone = {width: 336, height: 400, fontSize: 11, radius: 4}
const light = {background: '#ffffff', ink: '#1f1f1f', faint: '#595959', grid: '#e6e6e6', colours: ON_LIGHT}
const dark = {background: '#16181d', ink: '#ececec', faint: '#a8a8a8', grid: '#33363d', colours: ON_DARK}

export const LOOKS: Readonly<Record<Look['name'], Look>> = {
  light: {name: 'light', ...screen, ...light},
  dark: {name: 'dark', ...screen, ...dark},
  phone: {name: 'phone', ...phone, ...light},
  'phone-dark': {name: 'phone-dark', ...phone, ...dark},
  /** One column of a paper, 3.4 inches of 96 pixels; 8 pixels are 6 points. */
  print: {name: 'print', width: 326, height: 250, fontSize: 8, radius: 3, ...light},
}

/** Vega's names; each method has one shape everywhere. */
export const SHAPES: Readonly<Record<string, string>> = {
  svft: 'circle',
  lora: 'square',
  dora: 'diamond',
  vera: 'triangle-up',
  boft: 'triangle-down',
  head: 'cross',
  other: 'circle',
}

/** What a method's colour and shape are called in the tables above. */
export const kindOf = (method: string): string => (Object.hasOwn(ON_LIGHT, method) ? method : 'other')

export const FONT = 'Inter, Helvetica, Arial, sans-serif'
