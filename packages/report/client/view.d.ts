/** @file Types of view.js. */
import type { Axis, XYPanel } from '../src/figure.ts'

interface Part {
  scale?: Axis['scale']
  min?: number
  max?: number
}
interface View {
  x?: Part
  y?: Part
}
/** @public Used through view.js. */
export declare function viewOf(panel: XYPanel, view: View): XYPanel
/** @public Used through view.js. */
export declare function allowsLog(panel: XYPanel, axis: 'x' | 'y'): boolean
/** @public Used through view.js. */
export declare function zoomed(
  panel: XYPanel,
  view: View,
  at: { x: number; y: number },
  factor: number,
): Required<View>
