using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Lumen.Models.Layers.Avx512Math;

namespace Lumen.Models.Layers;

/// <summary>The softmax between the two products of attention, in place over bfloat16 rows and computed in float32.</summary>
internal static unsafe class AttentionKernel
{
    /// <summary>Turns scores into probabilities: softmax of every row times a factor.</summary>
    /// <param name="scores">[rows, columns], overwritten.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Scores a row.</param>
    /// <param name="factor">One over the square root of the heads' width.</param>
    public static void Softmax(ushort* scores, long rows, int columns, float factor)
    {
        var whole = columns - columns % Width;
        float* values = stackalloc float[columns];
        for (var row = 0L; row < rows; row++, scores += columns)
        {
            var largest = Vector512.Create(float.NegativeInfinity);
            for (var i = 0; i < whole; i += Width)
            {
                var value = Load(scores + i) * factor;
                value.Store(values + i);
                largest = Avx512F.Max(largest, value);
            }
            var most = whole > 0 ? Largest(largest) : float.NegativeInfinity;
            for (var i = whole; i < columns; i++)
                most = Math.Max(most, values[i] = Single(scores[i]) * factor);
            var sums = Vector512<float>.Zero;
            for (var i = 0; i < whole; i += Width)
            {
                var value = Exp(Vector512.Load(values + i) - Vector512.Create(most));
                value.Store(values + i);
                sums += value;
            }
            var sum = Vector512.Sum(sums);
            for (var i = whole; i < columns; i++)
                sum += values[i] = MathF.Exp(values[i] - most);
            var share = 1 / sum;
            for (var i = 0; i < whole; i += Width)
                Store(Vector512.Load(values + i) * share, scores + i);
            for (var i = whole; i < columns; i++)
                scores[i] = Rounded(values[i] * share);
        }
    }

    /// <summary>
    /// Turns the gradient of the probabilities into that of the scores before their factor: P (dP - sum of P dP) times the factor.
    /// </summary>
    /// <param name="probabilities">[rows, columns].</param>
    /// <param name="gradient">[rows, columns], overwritten.</param>
    /// <inheritdoc cref="Softmax"/>
    public static void Gradient(ushort* probabilities, ushort* gradient, long rows, int columns, float factor)
    {
        var whole = columns - columns % Width;
        for (var row = 0L; row < rows; row++, probabilities += columns, gradient += columns)
        {
            var sums = Vector512<float>.Zero;
            for (var i = 0; i < whole; i += Width)
                sums = Vector512.FusedMultiplyAdd(Load(probabilities + i), Load(gradient + i), sums);
            var sum = Vector512.Sum(sums);
            for (var i = whole; i < columns; i++)
                sum += Single(probabilities[i]) * Single(gradient[i]);
            for (var i = 0; i < whole; i += Width)
                Store(Load(probabilities + i) * (Load(gradient + i) - Vector512.Create(sum)) * factor, gradient + i);
            for (var i = whole; i < columns; i++)
                gradient[i] = Rounded(Single(probabilities[i]) * (Single(gradient[i]) - sum) * factor);
        }
    }

    private static float Largest(Vector512<float> values)
    {
        var half = Vector256.Max(values.GetLower(), values.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return Math.Max(Math.Max(quarter[0], quarter[1]), Math.Max(quarter[2], quarter[3]));
    }
}
