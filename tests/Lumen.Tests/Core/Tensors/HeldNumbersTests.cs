using System.Reflection;
using System.Runtime.InteropServices;
using Lumen.Core.Tensors;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Core.Tensors;

/// <summary>What the build puts in place of TorchSharp's arithmetic gives what TorchSharp's gives, bit for bit and of its type.</summary>
public sealed class HeldNumbersTests
{
    private static readonly ScalarType[] Types = [ScalarType.Int64, ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float64];

    public static TheoryData<string> Methods =>
        [.. typeof(HeldNumbers).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => method.ToString()!)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Each_gives_the_bits_of_torchsharps(string name)
    {
        var ours = typeof(HeldNumbers).GetMethods().Single(method => method.ToString() == name);
        var theirs = CounterpartOf(ours);
        var values = ours.GetParameters().Select(parameter => parameter.ParameterType).ToArray();
        foreach (var type in values.Contains(typeof(Tensor)) ? Types : [ScalarType.Float32])
        {
            using var scope = NewDisposeScope();
            var arguments = values.Select((value, at) => ArgumentFor(value, at, type)).ToArray();
            var (own, other) = (ours.Invoke(null, Copies(arguments)), Call(theirs, Copies(arguments)));
            if (own is Scalar number)
                (own, other) = (full(1, number), full(1, (Scalar)other!));
            var (result, expected) = ((Tensor)own!, (Tensor)other!);
            Assert.Equal(expected.dtype, result.dtype);
            Assert.Equal(expected.shape, result.shape);
            Assert.Equal(Bytes(expected), Bytes(result));
        }
    }

    [Fact]
    public void A_number_is_not_freed_while_a_thread_makes_few_others()
    {
        var first = Implicit();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(first.IsAlive);
        for (var i = 0; i < 1000; i++)
            _ = HeldNumbers.Implicit(0.5 + i);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.False(first.IsAlive); // and not for ever

        static WeakReference Implicit() => new(HeldNumbers.Implicit(0.25));
    }

    // TorchSharp's own, called by reflection: what is written here in words the build would replace.
    private static MethodBase CounterpartOf(MethodInfo ours)
    {
        var name = ours.Name.Replace("InPlace", "_", StringComparison.Ordinal);
        var types = ours.GetParameters().Select(parameter => parameter.ParameterType).ToArray();
        var found =
            Static(typeof(Tensor), $"op_{name}", types)
            ?? Static(typeof(Scalar), $"op_{name}", types)
            ?? Static(typeof(torch), name.ToLowerInvariant(), types)
            ?? typeof(Tensor).GetMethod(name.ToLowerInvariant(), types[1..]);
        return found ?? throw new InvalidOperationException($"TorchSharp has nothing like {ours}.");

        MethodInfo? Static(Type type, string called, Type[] parameters) =>
            type.GetMethods(BindingFlags.Public | BindingFlags.Static)
                .FirstOrDefault(method =>
                    method.Name == called
                    && method.ReturnType == ours.ReturnType
                    && method.GetParameters().Select(parameter => parameter.ParameterType).SequenceEqual(parameters)
                );
    }

    private static object? Call(MethodBase method, object?[] arguments) =>
        method.IsStatic ? method.Invoke(null, arguments) : method.Invoke(arguments[0], arguments[1..]);

    private static object? ArgumentFor(Type type, int at, ScalarType dtype) =>
        type == typeof(Tensor)
            ? tensor(
                    new double[,]
                    {
                        { 3, -7, 11 },
                        { 2, 5, -1 },
                    }
                )
                .to_type(dtype)
                .add(at)
        : type == typeof(Scalar) ? (dtype == ScalarType.Int64 ? (Scalar)(at + 3) : (Scalar)(at + 3.25))
        : type == typeof(int) ? -3 + at
        : type == typeof(long) ? 300L + at
        : type == typeof(float) ? 0.3f + at
        : type == typeof(double) ? 0.7 + at
        : type == typeof(bool) ? (object)false
        : null;

    private static object?[] Copies(object?[] arguments) =>
        [.. arguments.Select(argument => argument is Tensor tensor ? tensor.clone() : argument)];

    private static byte[] Bytes(Tensor tensor) => [.. MemoryMarshal.AsBytes(tensor.cpu().contiguous().bytes)];
}
