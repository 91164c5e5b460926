using Lumen.Core.Tensors;
using Lumen.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Tests.Training;

/// <summary>
/// Fits a line to points: the smallest training there is. <paramref name="spoil"/> may turn the loss of a step into anything.
/// </summary>
internal sealed class LineTask(Func<long, Tensor, Tensor>? spoil = null) : ITrainingTask
{
    private readonly Linear _line = Made();

    public string Name => "line";

    public IReadOnlyDictionary<string, Module> Trained => new Dictionary<string, Module> { ["line"] = _line };

    public Tensor Weight => _line.weight;

    public Tensor Loss(long microBatch, int batch, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var x = random.For(microBatch).Normal(batch, 3);
        var loss = functional.mse_loss(_line.call(x), x.sum(1, keepdim: true));
        return (spoil?.Invoke(microBatch, loss) ?? loss).MoveToOuterDisposeScope();
    }

    public IReadOnlyList<KeyValuePair<string, double>> Validate() =>
        [new("validation_loss", Loss(0, 8, new RandomStream(9)).item<float>())];

    public void Preview(string path) { }

    public void Export(string folder) { }

    private static Linear Made()
    {
        var line = Linear(3, 1);
        WeightInitialisation.Apply(line, new RandomStream(4));
        return line;
    }
}
