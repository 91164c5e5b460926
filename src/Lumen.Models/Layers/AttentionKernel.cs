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
    /// Turns scores into e^(factor (score - the row's largest)): softmax but for one over the row's sum, which costs less where it is
    /// applied to the results (<see cref="Divide"/>).
    /// </summary>
    /// <param name="scores">[rows, columns], overwritten.</param>
    /// <param name="sums">[rows], written.</param>
    /// <inheritdoc cref="Softmax"/>
    public static void Exponentials(ushort* scores, long rows, int columns, float factor, float* sums)
    {
        var whole = columns - columns % Width;
        for (var row = 0L; row < rows; row++, scores += columns)
        {
            var largest = Vector512.Create(float.NegativeInfinity);
            for (var i = 0; i < whole; i += Width)
                largest = Avx512F.Max(largest, Load(scores + i));
            var most = Largest(largest);
            for (var i = whole; i < columns; i++)
                most = Math.Max(most, Single(scores[i]));
            var (scale, shift) = (Vector512.Create(factor), Vector512.Create(-most * factor));
            var total = Vector512<float>.Zero;
            for (var i = 0; i < whole; i += Width)
            {
                var value = Exp(Vector512.FusedMultiplyAdd(Load(scores + i), scale, shift));
                Store(value, scores + i);
                total += value;
            }
            var sum = Vector512.Sum(total);
            for (var i = whole; i < columns; i++)
            {
                var value = MathF.Exp((Single(scores[i]) - most) * factor);
                scores[i] = Rounded(value);
                sum += value;
            }
            sums[row] = sum;
        }
    }

    /// <summary>Divides every row by its sum.</summary>
    /// <param name="values">[rows, columns], overwritten.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Values a row.</param>
    /// <param name="sums">[rows].</param>
    public static void Divide(ushort* values, long rows, int columns, float* sums)
    {
        var whole = columns - columns % Width;
        for (var row = 0L; row < rows; row++, values += columns)
        {
            var share = 1 / sums[row];
            for (var i = 0; i < whole; i += Width)
                Store(Load(values + i) * share, values + i);
            for (var i = whole; i < columns; i++)
                values[i] = Rounded(Single(values[i]) * share);
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
