using static TorchSharp.torch;

namespace Lumen.Core.Checkpoints;

/// <summary>
/// The element types of safetensors that libtorch has too.
/// Source: <c>Dtype</c> of the reference implementation, in its order (which is also the order of tensors in a file).
/// </summary>
internal static class SafetensorsTypes
{
    private static readonly (string Name, ScalarType Type, int Bytes)[] All =
    [
        ("BOOL", ScalarType.Bool, 1),
        ("U8", ScalarType.Byte, 1),
        ("I8", ScalarType.Int8, 1),
        ("I16", ScalarType.Int16, 2),
        ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2),
        ("I32", ScalarType.Int32, 4),
        ("F32", ScalarType.Float32, 4),
        ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8),
    ];

    /// <summary>All names that are read, for messages.</summary>
    public static string Names { get; } =
        string.Join(", ", All.Select(entry => entry.Name).Concat(Enum.GetNames<Float8>().Select(name => Eight + name)));

    private const string Eight = "F8_";

    /// <summary>The type in memory, and for eight-bit floats what is stored; null for a type that is not read.</summary>
    public static (ScalarType Type, Float8? Stored)? Parse(string name)
    {
        foreach (var entry in All)
        {
            if (entry.Name == name)
                return (entry.Type, null);
        }
        foreach (var type in Enum.GetValues<Float8>())
        {
            if (NameOf(type) == name)
                return (ScalarType.BFloat16, type);
        }
        return null;
    }

    public static string NameOf(Float8 type) => Eight + type;

    public static int Bytes(ScalarType type) => All[Rank(type)].Bytes;

    public static string Name(ScalarType type) => All[Rank(type)].Name;

    /// <summary>Place in the reference order; tensors are written with the highest first, so that each starts aligned.</summary>
    /// <exception cref="ArgumentException">safetensors has no such type (complex, quantised).</exception>
    public static int Rank(ScalarType type)
    {
        var rank = Array.FindIndex(All, entry => entry.Type == type);
        return rank >= 0
            ? rank
            : throw new ArgumentException($"A tensor of type {type} cannot be stored; safetensors files hold {Names}.", nameof(type));
    }

    /// <summary>True for types that hold fractions. Weights are converted between such types only.</summary>
    public static bool IsFloating(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;
}
