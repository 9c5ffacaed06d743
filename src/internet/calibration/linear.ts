/** Solves small symmetric systems, as fitting a handful of sites' strengths needs them. */
import { assert } from '../../base/assert.ts';

/** x of `matrix · x = right` by Cholesky's method; the matrix (row by row, `right.length` squared) must be positive definite. Both are overwritten. */
export function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  for (let column = 0; column < n; column++) {
    for (let row = column; row < n; row++) {
      let sum = matrix[row * n + column] as number;
      for (let k = 0; k < column; k++) sum -= (matrix[row * n + k] as number) * (matrix[column * n + k] as number);
      if (row === column) {
        assert(sum > 0, 'the matrix is positive definite');
        matrix[row * n + row] = Math.sqrt(sum);
      } else matrix[row * n + column] = sum / (matrix[column * n + column] as number);
    }
  }
  for (let row = 0; row < n; row++) {
    let sum = right[row] as number;
    for (let k = 0; k < row; k++) sum -= (matrix[row * n + k] as number) * (right[k] as number);
    right[row] = sum / (matrix[row * n + row] as number);
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = right[row] as number;
    for (let k = row + 1; k < n; k++) sum -= (matrix[k * n + row] as number) * (right[k] as number);
    right[row] = sum / (matrix[row * n + row] as number);
  }
  return right;
}
