using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lumen.Training.Data;

/// <summary>Numbers that depend on a name alone: the same on every machine and in every order.</summary>
internal static class NameHash
{
    /// <summary>64 bits of a text.</summary>
    public static ulong Of(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The beginning of a hash over lines, for names of files.</summary>
    public static string Short(IEnumerable<string> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in lines)
            hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
