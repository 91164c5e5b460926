namespace Lumen.Core.Processes;

/// <summary>
/// The processes that do one job together, as MPI has them. What all of them call (<see cref="Sum(Span{float})"/>, <see cref="Gather"/>,
/// <see cref="Wait"/>, <see cref="Claim"/>) they call in the same order. One object is used by one thread at a time.
/// </summary>
public interface ICommunicator
{
    /// <summary>This process, 0...<see cref="Size"/> - 1. Process 0 writes what is written once.</summary>
    int Rank { get; }

    /// <summary>How many processes there are.</summary>
    int Size { get; }

    /// <summary>Replaces the values by their sums over all processes: the same bits everywhere.</summary>
    /// <param name="values">As many on every process.</param>
    void Sum(Span<float> values);

    /// <summary>Replaces the values by their sums over all processes: the same bits everywhere.</summary>
    /// <param name="values">As many on every process.</param>
    void Sum(Span<double> values);

    /// <summary>What every process gives, in the order of the ranks; everywhere.</summary>
    /// <param name="own">This one's, of any length.</param>
    IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own);

    /// <summary>Waits until all processes are here.</summary>
    void Wait();

    /// <summary>
    /// Shares pieces of work as they are done: each of 0...count-1 is given to one process, in ascending order, when that process asks for
    /// its next one. A slow process gets fewer.
    /// </summary>
    /// <param name="count">Pieces; the same on every process.</param>
    /// <returns>The pieces of this process; to be enumerated once.</returns>
    IEnumerable<int> Claim(int count);
}

/// <summary>A process on its own, which is the whole job.</summary>
/// <param name="size">
/// How many processes there would be: what is shared evenly is then a part of such a job, which is enough to measure it. Nothing is
/// exchanged.
/// </param>
public sealed class SingleProcess(int size = 1) : ICommunicator
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => size;

    /// <inheritdoc/>
    public void Sum(Span<float> values) { }

    /// <inheritdoc/>
    public void Sum(Span<double> values) { }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own) => [own.ToArray()];

    /// <inheritdoc/>
    public void Wait() { }

    /// <inheritdoc/>
    public IEnumerable<int> Claim(int count) => Enumerable.Range(0, count);
}
