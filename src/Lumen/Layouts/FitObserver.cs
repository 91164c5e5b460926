using System.Runtime.InteropServices;
using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using static TorchSharp.torch;

namespace Lumen.Layouts;

/// <summary>
/// Watches the features of a fit in memory that does not grow with the pictures: norms of cells, energy by distance from the border, and a
/// sample of pictures (every k-th, k doubling as they come) with some cells each, whose reconstruction can be measured once the components
/// are known.
/// </summary>
internal sealed class FitObserver(BasisOptions options) : IDisposable
{
    private const int MostPictures = 128;
    private const int MostCells = 128;
    private const double DefaultOutlierLimit = 4;
    private const int Rings = 3;
    private const int MostShares = 8;
    private readonly List<(long Picture, Tensor Cells)> _sample = []; // [cells, C] float32 on the processor
    private Tensor? _energy; // [h, w], mean square of a cell's prepared features, summed over pictures
    private bool _sameGrid = true;
    private long _pictures;
    private long _stride = 1;
    private long _cells;
    private long _outliers;
    private double _largest;

    private double Limit => options.MaxNormRatio ?? DefaultOutlierLimit;

    /// <summary>Takes in a batch.</summary>
    /// <param name="features">[B, C, h, w], as the extractor gave them.</param>
    /// <param name="prepared">The same, prepared: float64.</param>
    /// <param name="first">Number of the first picture among all of the fit.</param>
    public void Add(Tensor features, Tensor prepared, long first)
    {
        using var scope = NewDisposeScope();
        var ratios = FeaturePreparation.NormRatios(DoublePrecision.Of(features)); // [B, h, w]
        _cells += ratios.numel();
        _outliers += ratios.gt(Limit).sum().item<long>();
        _largest = Math.Max(_largest, ratios.max().item<double>());
        AddEnergy(prepared.square().mean([1]).sum(dim: 0)); // [h, w]
        _pictures += prepared.shape[0];
        for (var index = 0; index < prepared.shape[0]; index++)
        {
            if ((first + index) % _stride == 0)
                AddSample(first + index, prepared.narrow(0, index, 1));
        }
    }

    /// <summary>Takes in what all processes have seen; each then knows everything, the same sample included.</summary>
    public void Combine(ICommunicator processes)
    {
        if (processes.Size == 1)
            return;
        Span<double> counts = [_pictures, _cells, _outliers];
        processes.Sum(counts);
        (_pictures, _cells, _outliers) = ((long)counts[0], (long)counts[1], (long)counts[2]);
        _largest = Everywhere(_largest).Max();
        _stride = (long)Everywhere(_stride).Max();
        while (true)
        {
            Thin();
            Span<double> sampled = [_sample.Count];
            processes.Sum(sampled);
            if (sampled[0] <= MostPictures)
                break;
            _stride *= 2;
        }
        GatherSample(processes);
        if (SharedGrid.Of(processes, _energy, _sameGrid) is not { } shape)
        {
            _sameGrid = false;
            return;
        }
        var energy = (_energy?.cpu() ?? zeros(shape, ScalarType.Float64)).DetachFromDisposeScope();
        processes.Sum(SharedGrid.Values(energy));
        if (!ReferenceEquals(energy, _energy))
            _energy?.Dispose();
        _energy = energy;

        IEnumerable<double> Everywhere(double own) =>
            processes.Gather(BitConverter.GetBytes(own)).Select(bytes => BitConverter.ToDouble(bytes));
    }

    /// <summary>What was seen, with the errors that this basis leaves.</summary>
    /// <param name="principal">The components.</param>
    /// <param name="positions">Means of the positions, or null where there are none to say anything of.</param>
    public FitReport Report(PrincipalComponents principal, PositionMeans? positions)
    {
        using var scope = NewDisposeScope();
        var means = options.SubtractPositionMean ? positions!.Interior(options.BorderCells) : null; // [P, C]
        var errors = _sample.Select(sample =>
        {
            using var one = NewDisposeScope();
            var rows = sample.Cells.to(ScalarType.Float64);
            return RelativeError(principal, means is null ? rows : rows - means.index_select(0, Places(means.shape[0])));
        });
        return new FitReport(_pictures, ResidualStatistics.Of([.. errors]), Limit, _outliers / (double)_cells, _largest)
        {
            BorderEnergies = BorderEnergies(),
            PositionShares = positions is null || means is not null ? [] : PositionShares(principal, positions),
        };
    }

    /// <summary>Share of the squares of centred rows that the components leave out, 0...1.</summary>
    /// <param name="principal">The components.</param>
    /// <param name="rows">[n, C], prepared, float64.</param>
    public static double RelativeError(PrincipalComponents principal, Tensor rows)
    {
        using var scope = NewDisposeScope();
        var all = (rows - principal.Mean.to(rows.device)).square().sum().item<double>();
        var kept = principal.Transform(rows).square().sum().item<double>(); // the components are orthonormal
        return all > 0 ? Math.Clamp(1 - kept / all, 0, 1) : 0;
    }

    public void Dispose()
    {
        foreach (var (_, cells) in _sample)
            cells.Dispose();
        _energy?.Dispose();
    }

    private void AddSample(long number, Tensor picture)
    {
        using var scope = NewDisposeScope();
        var rows = FeaturePreparation.Rows(picture, options.BorderCells); // [P, C]
        var cellsOf = rows.index_select(0, Places(rows.shape[0]).to(rows.device)); // [cells, C]
        _sample.Add((number, cellsOf.to(ScalarType.Float32).cpu().DetachFromDisposeScope()));
        if (_sample.Count <= MostPictures)
            return;
        _stride *= 2;
        Thin();
    }

    private void Thin()
    {
        foreach (var (_, cells) in _sample.Where(sample => sample.Picture % _stride != 0))
            cells.Dispose();
        _sample.RemoveAll(sample => sample.Picture % _stride != 0);
    }

    // Each picture as its number and its cells.
    private void GatherSample(ICommunicator processes)
    {
        using var own = new MemoryStream();
        using (var writer = new BinaryWriter(own))
        {
            foreach (var (picture, cells) in _sample)
            {
                writer.Write(picture);
                writer.Write(cells.shape[0]);
                writer.Write(cells.shape[1]);
                writer.Write(cells.contiguous().bytes);
                cells.Dispose();
            }
        }
        _sample.Clear();
        foreach (var part in processes.Gather(own.ToArray()))
        {
            using var reader = new BinaryReader(new MemoryStream(part));
            while (reader.BaseStream.Position < part.Length)
            {
                var (picture, rows, channels) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
                var values = MemoryMarshal.Cast<byte, float>(reader.ReadBytes(checked((int)(rows * channels * sizeof(float))))).ToArray();
                _sample.Add((picture, tensor(values, [rows, channels]).DetachFromDisposeScope()));
            }
        }
        _sample.Sort((one, other) => one.Picture.CompareTo(other.Picture));
    }

    // Cells spread evenly over the grid, the same for every picture of one size.
    private static Tensor Places(long count)
    {
        var taken = Math.Min(count, MostCells);
        return tensor([.. Enumerable.Range(0, (int)taken).Select(i => (long)((i + 0.5) * count / taken))]);
    }

    private void AddEnergy(Tensor energy)
    {
        if (_energy is null)
            _energy = energy.clone().DetachFromDisposeScope();
        else if (_sameGrid && _energy.shape.SequenceEqual(energy.shape))
            _energy.add_(energy);
        else
            _sameGrid = false;
    }

    private IReadOnlyList<double> BorderEnergies()
    {
        if (!_sameGrid || _energy is null || Math.Min(_energy.shape[0], _energy.shape[1]) < 2 * Rings + 2)
            return [];
        using var scope = NewDisposeScope();
        var (energy, height, width) = (_energy.cpu(), _energy.shape[0], _energy.shape[1]);
        // Sum and number of the cells at least so many cells from every side.
        var inside = Enumerable
            .Range(0, Rings + 1)
            .Select(border =>
                (
                    Sum: energy.narrow(0, border, height - 2 * border).narrow(1, border, width - 2 * border).sum().item<double>(),
                    Count: (height - 2 * border) * (width - 2 * border)
                )
            )
            .ToArray();
        var inner = inside[Rings].Sum / inside[Rings].Count;
        if (!(inner > 0))
            return [];
        return
        [
            .. Enumerable
                .Range(0, Rings)
                .Select(ring => (inside[ring].Sum - inside[ring + 1].Sum) / (inside[ring].Count - inside[ring + 1].Count) / inner),
        ];
    }

    private double[] PositionShares(PrincipalComponents principal, PositionMeans positions)
    {
        using var scope = NewDisposeScope();
        var means = principal.Transform(positions.Interior(options.BorderCells)).square().mean([0]).data<double>().ToArray(); // [N]
        return
        [
            .. means
                .Take(MostShares)
                .Select((between, k) => principal.Spectrum[k] > 0 ? Math.Clamp(between / principal.Spectrum[k], 0, 1) : 0),
        ];
    }
}
