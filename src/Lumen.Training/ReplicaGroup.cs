using Lumen.Core.Native;
using Lumen.Core.Processes;
using Lumen.Core.Tensors;
using Lumen.Models.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>
/// Computes the gradients of a step's micro-batches, several at a time where the task has replicas. Small networks leave most of a second
/// thread idle inside an operator, so each micro-batch has one thread for all of its operators. The sum of the gradients does not depend on
/// how many of them are computed at once. A GPU gets one after the other, and so do large networks, whose activations would be there once
/// a thread. Where several processes share a step, each does so with its <see cref="StepShare"/>, and the sums are added up at the end of
/// it: TorchSharp has no hooks on gradients that would tell when one is there.
/// </summary>
internal sealed class ReplicaGroup
{
    private const long SmallNetwork = 100_000_000; // trained values; above that threads gain from each other inside an operator

    private readonly ITrainingTask[] _tasks;
    private readonly MasterWeights _store;
    private readonly ICommunicator _processes;
    private readonly StepShare _share;
    private readonly RandomStream _random;
    private readonly bool _onProcessor;
    private readonly bool _singleThreaded;

    public ReplicaGroup(ITrainingTask task, MasterWeights store, TrainingOptions options, ICommunicator processes)
    {
        (_store, _processes, _random) = (store, processes, new RandomStream(options.Seed));
        _share = new StepShare(task, options, (processes.Rank, processes.Size));
        _onProcessor = task.Trained.Values.SelectMany(module => module.parameters()).All(one => one.device_type == DeviceType.CPU);
        _singleThreaded = _onProcessor && task is IReplicatedTask && _share.Count > 1 && store.Count < SmallNetwork;
        _tasks = new ITrainingTask[_singleThreaded ? Math.Min(_share.Count, get_num_threads()) : 1];
        _tasks[0] = task;
        for (var i = 1; i < _tasks.Length; i++)
        {
            var replica = ((IReplicatedTask)task).Replica();
            store.AddReplica(replica.Trained);
            _tasks[i] = replica;
        }
    }

    /// <summary>Leaves the gradients of a step summed in the store, or a single one in the modules.</summary>
    /// <returns>
    /// The mean loss of the step, over all processes; where it is not finite, gradients may be missing and must be
    /// <see cref="Discard">discarded</see>.
    /// </returns>
    public double Backward(long step)
    {
        Span<double> loss = [_onProcessor ? OnProcessor(step) : OnDevice(step)];
        if (!SumsUp)
            return loss[0];
        _processes.Sum(loss);
        loss[0] /= _processes.Size;
        if (double.IsFinite(loss[0]))
            _store.Sum(_processes);
        return loss[0];
    }

    private bool SumsUp => _processes.Size > 1;

    private double OnProcessor(long step)
    {
        var losses = new double[_share.Count];
        using var one = _singleThreaded ? new ThreadScope(1) : null;
        for (var first = 0; first < losses.Length; first += _tasks.Length)
        {
            var wave = Math.Min(_tasks.Length, losses.Length - first);
            ParallelCalls.Run(wave, wave, index => losses[first + index] = Backward(_tasks[index], step, first + index));
            if (!losses.AsSpan(first, wave).ToArray().All(double.IsFinite))
                break;
            if (losses.Length > 1 || SumsUp) // a single gradient stays where it is
                _store.Accumulate(wave);
        }
        return losses.Average();
    }

    /// <summary>Forgets all gradients.</summary>
    public void Discard()
    {
        foreach (var module in _tasks.SelectMany(task => task.Trained.Values))
            module.zero_grad();
        _store.Discard();
    }

    // Nothing is read before every micro-batch is asked for: reading waits for the device.
    private double OnDevice(long step)
    {
        using var scope = NewDisposeScope();
        var losses = new List<Tensor>();
        for (var i = 0; i < _share.Count; i++)
        {
            using var microBatch = NewDisposeScope();
            var loss = _share.Loss(_tasks[0], step, i, _random);
            BackwardPass.Run(loss);
            if (_share.Count > 1 || SumsUp)
                _store.Accumulate();
            losses.Add(loss.detach().to_type(ScalarType.Float32).MoveToOtherDisposeScope(scope));
        }
        return stack(losses).mean().cpu().item<float>();
    }

    private double Backward(ITrainingTask task, long step, int part)
    {
        using var scope = NewDisposeScope();
        using var loss = _share.Loss(task, step, part, _random);
        var value = loss.item<float>();
        if (float.IsFinite(value))
            BackwardPass.Run(loss);
        return value;
    }
}
