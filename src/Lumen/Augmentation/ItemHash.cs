using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lumen.Augmentation;

/// <summary>Numbers that hang on a text alone: the same on every machine, in every order, in every shard.</summary>
internal static class ItemHash
{
    private const int Bits = 53;   // what JSON readers keep of a number

    /// <summary>A whole number of 53 bits.</summary>
    public static ulong Number(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))) >> (64 - Bits);

    /// <summary>A number between 0 and 1, both excluded.</summary>
    public static double Unit(string text) => (Number(text) + 0.5) / (1UL << Bits);

    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    public static string OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>SHA-256 of bytes, lower-case hexadecimal.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
