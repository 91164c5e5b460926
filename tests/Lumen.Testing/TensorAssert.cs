using static TorchSharp.torch;

namespace Lumen.Testing;

/// <summary>Comparisons of tensors that say how far apart they are.</summary>
public static class TensorAssert
{
    /// <summary>
    /// The rule of the reference cases: <c>|got - want| &lt;= atol * max(1, std(want)) + rtol * |want|</c> for every element.
    /// </summary>
    /// <exception cref="InvalidOperationException">The shapes differ, a value is not finite where the reference is, or an element is too
    /// far off.</exception>
    public static void Close(Tensor want, Tensor got, double atol, double rtol, string name = "tensor")
    {
        RequireSameShape(want, got, name);
        if (want.numel() == 0)
            return;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var expected = want.to(ScalarType.Float64).cpu();
        var actual = got.to(ScalarType.Float64).cpu();
        var deviation = expected.numel() > 1 ? expected.std(unbiased: false).item<double>() : 0;
        var error = (actual - expected).abs();
        var allowed = expected.abs() * rtol + atol * Math.Max(1, deviation);
        if (error.le(allowed).all().item<bool>())
            return; // false for NaN
        var worst = (error - allowed).nan_to_num(double.MaxValue).flatten().argmax().item<long>();
        throw new InvalidOperationException(
            $"{name}{Text(want)} is off by {error.flatten()[worst].item<double>():g4} at element {worst} (expected "
                + $"{expected.flatten()[worst].item<double>():g6}, found "
                + $"{actual.flatten()[worst].item<double>():g6}, allowed {allowed.flatten()[worst].item<double>():g4}); largest error "
                + $"{error.max().item<double>():g4}."
        );
    }

    /// <summary>The same dtype, shape and bits (NaN included).</summary>
    /// <exception cref="InvalidOperationException">They differ.</exception>
    public static void Same(Tensor want, Tensor got, string name = "tensor")
    {
        RequireSameShape(want, got, name);
        if (want.dtype != got.dtype)
            throw new InvalidOperationException($"{name} has dtype {got.dtype}, expected {want.dtype}.");
        if (want.numel() == 0)
            return;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var expected = want.detach().cpu().contiguous();
        var actual = got.detach().cpu().contiguous();
        var same = expected.bytes.CommonPrefixLength(actual.bytes);
        var total = expected.bytes.Length;
        if (same < total)
            throw new InvalidOperationException($"{name}{Text(want)} differs from the expected bits, first at byte {same} of {total}.");
    }

    private static void RequireSameShape(Tensor want, Tensor got, string name)
    {
        if (!want.shape.SequenceEqual(got.shape))
            throw new InvalidOperationException($"{name} has the shape {Text(got)}, expected {Text(want)}.");
    }

    private static string Text(Tensor tensor) => Lumen.Core.Tensors.Shape.Text(tensor.shape);
}
