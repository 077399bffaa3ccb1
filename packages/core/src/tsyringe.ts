/**
 * The container on tsyringe, for applications that already live in it.
 *
 * @module @tessera/core/tsyringe
 */
export { tsyringeContainer } from './container/tsyringeContainer.js';
