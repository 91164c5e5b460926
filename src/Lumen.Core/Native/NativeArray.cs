using System.Runtime.InteropServices;

namespace Lumen.Core.Native;

/// <summary>
/// Numbers outside of the managed heap, zero at first. Long-lived arrays of gigabytes would make the collector wait for as much again in
/// garbage before it looks at large arrays.
/// </summary>
/// <typeparam name="T">Type of the numbers.</typeparam>
public sealed unsafe class NativeArray<T>
    where T : unmanaged
{
    private readonly T* _values;

    /// <param name="length">How many.</param>
    public NativeArray(int length)
    {
        Length = length;
        _values = (T*)NativeMemory.AllocZeroed((nuint)Math.Max(1, length), (nuint)sizeof(T));
    }

    ~NativeArray() => NativeMemory.Free(_values);

    /// <summary>How many.</summary>
    public int Length { get; }

    /// <summary>The numbers, while this object is in use.</summary>
    public Span<T> Span => new(_values, Length);
}
