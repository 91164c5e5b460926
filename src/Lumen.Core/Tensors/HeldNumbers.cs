using System.ComponentModel;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Core.Tensors;

/// <summary>
/// TorchSharp's arithmetic with numbers that live until libtorch has read them. TorchSharp 0.107 makes a native number for the 2 in
/// <c>x * 2</c>, and for the hidden factor 1 of <c>x + y</c>, and holds it no longer than until its address is passed on: a garbage
/// collection on another thread may free it while libtorch reads it. Nobody writes these calls: the build puts them in place of
/// TorchSharp's (docs/decisions/0012-numbers-are-held.md).
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class HeldNumbers
{
    private const int Held = 256; // more than are made from one number's making to its use
    private static readonly Scalar[] Small = [.. Enumerable.Range(0, 256).Select(value => value.ToScalar())];
    private static readonly Scalar One = Small[1];

    private static readonly Func<Tensor, Scalar, Tensor> Plus = (x, number) => x.add(number, One),
        Minus = (x, number) => x.sub(number),
        Times = (x, number) => x.mul(number),
        Over = (x, number) => x.div(number),
        From = (x, number) => x.negative().add(number, One),
        Under = (x, number) => x.reciprocal().mul(number);

    [ThreadStatic]
    private static Scalar[]? _latest;

    [ThreadStatic]
    private static int _made;

    /// <summary>A number that lives until this thread has made many others.</summary>
    public static Scalar Implicit(int value) => Implicit((long)value);

    /// <inheritdoc cref="Implicit(int)"/>
    public static Scalar Implicit(long value) => value >= 0 && value < Small.Length ? Small[value] : Hold(value.ToScalar());

    /// <inheritdoc cref="Implicit(int)"/>
    public static Scalar Implicit(float value) => Hold(value.ToScalar());

    /// <inheritdoc cref="Implicit(int)"/>
    public static Scalar Implicit(double value) => Hold(value.ToScalar());

    /// <inheritdoc cref="Implicit(int)"/>
    public static Scalar Implicit(bool value) => Hold(value.ToScalar());

    /// <summary>x + y.</summary>
    public static Tensor Addition(Tensor left, Tensor right) => left.add(right, One);

    /// <inheritdoc cref="Addition(Tensor, Tensor)"/>
    public static Tensor Add(Tensor left, Tensor right) => left.add(right, One);

    /// <inheritdoc cref="Addition(Tensor, Tensor)"/>
    public static Tensor Add(Tensor left, Scalar right) => left.add(right, One);

    /// <summary>x += y.</summary>
    public static Tensor AddInPlace(Tensor left, Tensor right) => left.add_(right, One);

    /// <inheritdoc cref="AddInPlace(Tensor, Tensor)"/>
    public static Tensor AddInPlace(Tensor left, Scalar right) => left.add_(right, One);

    /// <summary>x + number.</summary>
    public static Tensor Addition(Tensor left, int right) => With(left, right.ToScalar(), Plus);

    /// <inheritdoc cref="Addition(Tensor, int)"/>
    public static Tensor Addition(Tensor left, long right) => With(left, right.ToScalar(), Plus);

    /// <inheritdoc cref="Addition(Tensor, int)"/>
    public static Tensor Addition(Tensor left, float right) => With(left, right.ToScalar(), Plus);

    /// <inheritdoc cref="Addition(Tensor, int)"/>
    public static Tensor Addition(Tensor left, double right) => With(left, right.ToScalar(), Plus);

    /// <summary>x - number.</summary>
    public static Tensor Subtraction(Tensor left, int right) => With(left, right.ToScalar(), Minus);

    /// <inheritdoc cref="Subtraction(Tensor, int)"/>
    public static Tensor Subtraction(Tensor left, long right) => With(left, right.ToScalar(), Minus);

    /// <inheritdoc cref="Subtraction(Tensor, int)"/>
    public static Tensor Subtraction(Tensor left, float right) => With(left, right.ToScalar(), Minus);

    /// <inheritdoc cref="Subtraction(Tensor, int)"/>
    public static Tensor Subtraction(Tensor left, double right) => With(left, right.ToScalar(), Minus);

    /// <summary>x * number.</summary>
    public static Tensor Multiply(Tensor left, int right) => With(left, right.ToScalar(), Times);

    /// <inheritdoc cref="Multiply(Tensor, int)"/>
    public static Tensor Multiply(Tensor left, long right) => With(left, right.ToScalar(), Times);

    /// <inheritdoc cref="Multiply(Tensor, int)"/>
    public static Tensor Multiply(Tensor left, float right) => With(left, right.ToScalar(), Times);

    /// <inheritdoc cref="Multiply(Tensor, int)"/>
    public static Tensor Multiply(Tensor left, double right) => With(left, right.ToScalar(), Times);

    /// <summary>x / number.</summary>
    public static Tensor Division(Tensor left, int right) => With(left, right.ToScalar(), Over);

    /// <inheritdoc cref="Division(Tensor, int)"/>
    public static Tensor Division(Tensor left, long right) => With(left, right.ToScalar(), Over);

    /// <inheritdoc cref="Division(Tensor, int)"/>
    public static Tensor Division(Tensor left, float right) => With(left, right.ToScalar(), Over);

    /// <inheritdoc cref="Division(Tensor, int)"/>
    public static Tensor Division(Tensor left, double right) => With(left, right.ToScalar(), Over);

    /// <summary>number + x.</summary>
    public static Tensor Addition(int left, Tensor right) => With(right, left.ToScalar(), Plus);

    /// <inheritdoc cref="Addition(int, Tensor)"/>
    public static Tensor Addition(long left, Tensor right) => With(right, left.ToScalar(), Plus);

    /// <inheritdoc cref="Addition(int, Tensor)"/>
    public static Tensor Addition(float left, Tensor right) => With(right, left.ToScalar(), Plus);

    /// <inheritdoc cref="Addition(int, Tensor)"/>
    public static Tensor Addition(double left, Tensor right) => With(right, left.ToScalar(), Plus);

    /// <summary>number - x.</summary>
    public static Tensor Subtraction(int left, Tensor right) => With(right, left.ToScalar(), From);

    /// <inheritdoc cref="Subtraction(int, Tensor)"/>
    public static Tensor Subtraction(long left, Tensor right) => With(right, left.ToScalar(), From);

    /// <inheritdoc cref="Subtraction(int, Tensor)"/>
    public static Tensor Subtraction(float left, Tensor right) => With(right, left.ToScalar(), From);

    /// <inheritdoc cref="Subtraction(int, Tensor)"/>
    public static Tensor Subtraction(double left, Tensor right) => With(right, left.ToScalar(), From);

    /// <summary>number * x.</summary>
    public static Tensor Multiply(int left, Tensor right) => With(right, left.ToScalar(), Times);

    /// <inheritdoc cref="Multiply(int, Tensor)"/>
    public static Tensor Multiply(long left, Tensor right) => With(right, left.ToScalar(), Times);

    /// <inheritdoc cref="Multiply(int, Tensor)"/>
    public static Tensor Multiply(float left, Tensor right) => With(right, left.ToScalar(), Times);

    /// <inheritdoc cref="Multiply(int, Tensor)"/>
    public static Tensor Multiply(double left, Tensor right) => With(right, left.ToScalar(), Times);

    /// <summary>number / x.</summary>
    public static Tensor Division(int left, Tensor right) => With(right, left.ToScalar(), Under);

    /// <inheritdoc cref="Division(int, Tensor)"/>
    public static Tensor Division(long left, Tensor right) => With(right, left.ToScalar(), Under);

    /// <inheritdoc cref="Division(int, Tensor)"/>
    public static Tensor Division(float left, Tensor right) => With(right, left.ToScalar(), Under);

    /// <inheritdoc cref="Division(int, Tensor)"/>
    public static Tensor Division(double left, Tensor right) => With(right, left.ToScalar(), Under);

    /// <summary>x * x.</summary>
    public static Tensor Square(Tensor value) => value.pow(Small[2]);

    /// <summary>0, 1, ... below a bound.</summary>
    public static Tensor Arange(Scalar stop, ScalarType? dtype, Device? device, bool requires_grad) =>
        arange(Small[0], stop, One, dtype, device, requires_grad);

    /// <summary>From a start, by ones, below a bound.</summary>
    public static Tensor Arange(Scalar start, Scalar stop, ScalarType? dtype, Device? device, bool requires_grad) =>
        arange(start, stop, One, dtype, device, requires_grad);

    private static Tensor With(Tensor tensor, Scalar number, Func<Tensor, Scalar, Tensor> act)
    {
        using (number) // which holds it until the call is over
            return act(tensor, number);
    }

    private static Scalar Hold(Scalar number) => (_latest ??= new Scalar[Held])[_made++ % Held] = number;
}
