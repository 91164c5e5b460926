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
    public static Tensor Addition(Tensor left, int right)
    {
        using var number = right.ToScalar();
        return left.add(number, One);
    }

    /// <inheritdoc cref="Addition(Tensor, int)"/>
    public static Tensor Addition(Tensor left, long right)
    {
        using var number = right.ToScalar();
        return left.add(number, One);
    }

    /// <inheritdoc cref="Addition(Tensor, int)"/>
    public static Tensor Addition(Tensor left, float right)
    {
        using var number = right.ToScalar();
        return left.add(number, One);
    }

    /// <inheritdoc cref="Addition(Tensor, int)"/>
    public static Tensor Addition(Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.add(number, One);
    }

    /// <summary>x - number.</summary>
    public static Tensor Subtraction(Tensor left, int right)
    {
        using var number = right.ToScalar();
        return left.sub(number);
    }

    /// <inheritdoc cref="Subtraction(Tensor, int)"/>
    public static Tensor Subtraction(Tensor left, long right)
    {
        using var number = right.ToScalar();
        return left.sub(number);
    }

    /// <inheritdoc cref="Subtraction(Tensor, int)"/>
    public static Tensor Subtraction(Tensor left, float right)
    {
        using var number = right.ToScalar();
        return left.sub(number);
    }

    /// <inheritdoc cref="Subtraction(Tensor, int)"/>
    public static Tensor Subtraction(Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.sub(number);
    }

    /// <summary>x * number.</summary>
    public static Tensor Multiply(Tensor left, int right)
    {
        using var number = right.ToScalar();
        return left.mul(number);
    }

    /// <inheritdoc cref="Multiply(Tensor, int)"/>
    public static Tensor Multiply(Tensor left, long right)
    {
        using var number = right.ToScalar();
        return left.mul(number);
    }

    /// <inheritdoc cref="Multiply(Tensor, int)"/>
    public static Tensor Multiply(Tensor left, float right)
    {
        using var number = right.ToScalar();
        return left.mul(number);
    }

    /// <inheritdoc cref="Multiply(Tensor, int)"/>
    public static Tensor Multiply(Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.mul(number);
    }

    /// <summary>x / number.</summary>
    public static Tensor Division(Tensor left, int right)
    {
        using var number = right.ToScalar();
        return left.div(number);
    }

    /// <inheritdoc cref="Division(Tensor, int)"/>
    public static Tensor Division(Tensor left, long right)
    {
        using var number = right.ToScalar();
        return left.div(number);
    }

    /// <inheritdoc cref="Division(Tensor, int)"/>
    public static Tensor Division(Tensor left, float right)
    {
        using var number = right.ToScalar();
        return left.div(number);
    }

    /// <inheritdoc cref="Division(Tensor, int)"/>
    public static Tensor Division(Tensor left, double right)
    {
        using var number = right.ToScalar();
        return left.div(number);
    }

    /// <summary>number + x.</summary>
    public static Tensor Addition(int left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.add(number, One);
    }

    /// <inheritdoc cref="Addition(int, Tensor)"/>
    public static Tensor Addition(long left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.add(number, One);
    }

    /// <inheritdoc cref="Addition(int, Tensor)"/>
    public static Tensor Addition(float left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.add(number, One);
    }

    /// <inheritdoc cref="Addition(int, Tensor)"/>
    public static Tensor Addition(double left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.add(number, One);
    }

    /// <summary>number - x.</summary>
    public static Tensor Subtraction(int left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.negative().add(number, One);
    }

    /// <inheritdoc cref="Subtraction(int, Tensor)"/>
    public static Tensor Subtraction(long left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.negative().add(number, One);
    }

    /// <inheritdoc cref="Subtraction(int, Tensor)"/>
    public static Tensor Subtraction(float left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.negative().add(number, One);
    }

    /// <inheritdoc cref="Subtraction(int, Tensor)"/>
    public static Tensor Subtraction(double left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.negative().add(number, One);
    }

    /// <summary>number * x.</summary>
    public static Tensor Multiply(int left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.mul(number);
    }

    /// <inheritdoc cref="Multiply(int, Tensor)"/>
    public static Tensor Multiply(long left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.mul(number);
    }

    /// <inheritdoc cref="Multiply(int, Tensor)"/>
    public static Tensor Multiply(float left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.mul(number);
    }

    /// <inheritdoc cref="Multiply(int, Tensor)"/>
    public static Tensor Multiply(double left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.mul(number);
    }

    /// <summary>number / x.</summary>
    public static Tensor Division(int left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.reciprocal().mul(number);
    }

    /// <inheritdoc cref="Division(int, Tensor)"/>
    public static Tensor Division(long left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.reciprocal().mul(number);
    }

    /// <inheritdoc cref="Division(int, Tensor)"/>
    public static Tensor Division(float left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.reciprocal().mul(number);
    }

    /// <inheritdoc cref="Division(int, Tensor)"/>
    public static Tensor Division(double left, Tensor right)
    {
        using var number = left.ToScalar();
        return right.reciprocal().mul(number);
    }

    /// <summary>x * x.</summary>
    public static Tensor Square(Tensor value) => value.pow(Small[2]);

    /// <summary>0, 1, ... below a bound.</summary>
    public static Tensor Arange(Scalar stop, ScalarType? dtype, Device? device, bool requires_grad) =>
        arange(Small[0], stop, One, dtype, device, requires_grad);

    /// <summary>From a start, by ones, below a bound.</summary>
    public static Tensor Arange(Scalar start, Scalar stop, ScalarType? dtype, Device? device, bool requires_grad) =>
        arange(start, stop, One, dtype, device, requires_grad);

    private static Scalar Hold(Scalar number) => (_latest ??= new Scalar[Held])[_made++ % Held] = number;
}
