using System.Text;
using Lumen.Core.Processes;

namespace Lumen.Training;

/// <summary>Whether the processes that are about to share a training are at the same point of the same run.</summary>
internal static class ProcessAgreement
{
    private const string State = "state";

    /// <summary>Compares what the run depends on, its step, and every weight.</summary>
    /// <exception cref="LumenException">A process differs; all processes say so.</exception>
    public static void Require(ITrainingTask task, TrainingOptions options, MasterWeights store, ICommunicator processes)
    {
        if (processes.Size == 1)
            return;
        var own = (task.Record ?? new RunRecord(new Dictionary<string, string> { ["training"] = options.ToString() }))
            .With("task", task.Name)
            .With("training.max_train_steps", $"{options.MaxTrainSteps}")
            .With("step", $"{store.Step}")
            .With(State, store.Fingerprint());
        RunRecord[] all =
        [
            .. processes
                .Gather(Encoding.UTF8.GetBytes(own.ToJson()))
                .Select(json => RunRecord.Parse(Encoding.UTF8.GetString(json), "record")),
        ];
        for (var rank = 1; rank < all.Length; rank++)
        {
            var names = all[0]
                .Entries.Keys.Union(all[rank].Entries.Keys)
                .OrderBy(name => name == State) // follows from the others
                .ThenBy(name => name, StringComparer.Ordinal);
            if (names.FirstOrDefault(name => all[0][name] != all[rank][name]) is not { } entry)
                continue;
            throw new LumenException(
                entry == State
                    ? $"Process {rank} begins with other weights than process 0, although everything else is the same. Start all processes "
                        + "with the same program on processors of one kind."
                    : $"Process {rank} has another run than process 0: {entry} is {all[rank][entry] ?? "nothing"} instead of "
                        + $"{all[0][entry] ?? "nothing"}. Start all processes with the same command, recipe and pictures."
            );
        }
    }
}
