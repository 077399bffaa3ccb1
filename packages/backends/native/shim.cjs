'use strict';
module.exports = globalThis[Symbol.for('tessera.native.core')];
