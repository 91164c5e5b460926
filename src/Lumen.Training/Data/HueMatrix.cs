namespace Lumen.Training.Data;

/// <summary>Saturation and hue as a matrix of RGB values that leaves the luma as it is.</summary>
internal static class HueMatrix
{
    // NTSC's YIQ and its inverse, row-major.
    private static readonly double[] ToYiq = [0.299, 0.587, 0.114, 0.595716, -0.274453, -0.321263, 0.211456, -0.522591, 0.311135];
    private static readonly double[] FromYiq = Inverse(ToYiq);

    /// <summary>Writes the matrix, row-major.</summary>
    /// <param name="matrix">Nine numbers.</param>
    /// <param name="saturation">Factor of the saturation; 0 is grey.</param>
    /// <param name="turn">Turn of the hue in radians.</param>
    public static void Write(Span<float> matrix, double saturation, double turn)
    {
        var (cos, sin) = (saturation * Math.Cos(turn), saturation * Math.Sin(turn));
        double[] middle = [1, 0, 0, 0, cos, -sin, 0, sin, cos];
        var product = Times(FromYiq, Times(middle, ToYiq));
        for (var i = 0; i < 9; i++)
            matrix[i] = (float)product[i];
    }

    private static double[] Times(double[] left, double[] right)
    {
        var product = new double[9];
        for (var i = 0; i < 9; i++)
            product[i] = left[i / 3 * 3] * right[i % 3] + left[i / 3 * 3 + 1] * right[3 + i % 3] + left[i / 3 * 3 + 2] * right[6 + i % 3];
        return product;
    }

    // By cofactors.
    private static double[] Inverse(double[] m)
    {
        double Minor(int row, int column)
        {
            int[] rows = [.. Enumerable.Range(0, 3).Where(r => r != row)],
                columns = [.. Enumerable.Range(0, 3).Where(c => c != column)];
            return m[rows[0] * 3 + columns[0]] * m[rows[1] * 3 + columns[1]] - m[rows[0] * 3 + columns[1]] * m[rows[1] * 3 + columns[0]];
        }
        var determinant = m[0] * Minor(0, 0) - m[1] * Minor(0, 1) + m[2] * Minor(0, 2);
        return [.. Enumerable.Range(0, 9).Select(i => ((i / 3 + i % 3) % 2 == 0 ? 1 : -1) * Minor(i % 3, i / 3) / determinant)];
    }
}
